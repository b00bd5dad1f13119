//! API clients.
//!
//! The audit event of a change is written first and taken back if nothing was changed. If the process ends
//! in between, the log has a change that was not made, and never lacks one that was.

use async_trait::async_trait;
use mongodb::bson::{Document, doc};
use uuid::Uuid;
use wxlogin_domain::model::{ApiClient, AuditEvent, ClientId};
use wxlogin_domain::ports::{ClientStore, StoreError};

use crate::commands::{all, insert_new};
use crate::convert;
use crate::database::Connections;
use crate::error::Failure;

#[async_trait]
impl ClientStore for Connections {
    async fn insert_client(
        &self,
        client: ApiClient,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        let client = convert::stored_api_client(&client);
        self.call(|db| async move {
            if db.has_client(doc! { "_id": &client.id }).await? {
                return Ok(false);
            }
            db.audited(&event, insert_new(&db.api_clients, &client)).await
        })
        .await
    }

    async fn replace_client(
        &self,
        revision: Uuid,
        client: ApiClient,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        let client = convert::stored_api_client(&client);
        let one = doc! { "_id": &client.id, "revision": convert::to_bson(revision) };
        self.call(|db| async move {
            if !db.has_client(one.clone()).await? {
                return Ok(false);
            }
            let replace =
                async { Ok(db.api_clients.replace_one(one, &client).await?.matched_count > 0) };
            db.audited(&event, replace).await
        })
        .await
    }

    async fn find_client(&self, id: &ClientId) -> Result<Option<ApiClient>, StoreError> {
        let one = doc! { "_id": id.as_str() };
        self.call(|db| async move {
            db.api_clients.find_one(one).await?.as_ref().map(convert::api_client).transpose()
        })
        .await
    }

    async fn list_clients(&self) -> Result<Vec<ApiClient>, StoreError> {
        self.call(|db| async move {
            let listed = all(db.api_clients.find(doc! {}).sort(doc! { "_id": 1 }).await?).await?;
            listed.iter().map(convert::api_client).collect()
        })
        .await
    }

    async fn remove_client(&self, id: &ClientId, event: AuditEvent) -> Result<bool, StoreError> {
        let one = doc! { "_id": id.as_str() };
        self.call(|db| async move {
            if !db.has_client(one.clone()).await? {
                return Ok(false);
            }
            let remove = async { Ok(db.api_clients.delete_one(one).await?.deleted_count > 0) };
            db.audited(&event, remove).await
        })
        .await
    }
}

impl Connections {
    async fn has_client(&self, one: Document) -> Result<bool, Failure> {
        Ok(self.api_clients.find_one(one).await?.is_some())
    }

    /// Writes the event and makes the change. Takes the event back if the change was none.
    async fn audited(
        &self,
        event: &AuditEvent,
        change: impl Future<Output = Result<bool, Failure>>,
    ) -> Result<bool, Failure> {
        let event = convert::stored_audit_event(event);
        self.write_audit_event(&event).await?;
        let changed = change.await?;
        if !changed {
            self.audit_events.delete_one(doc! { "_id": event.id }).await?;
        }
        Ok(changed)
    }
}
