use async_trait::async_trait;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;
use wxlogin_domain::model::{ApiClient, AuditEvent, ClientId};
use wxlogin_domain::ports::{ClientStore, StoreError};

use crate::audit::write_events;
use crate::connections::Connections;
use crate::convert;
use crate::entity::api_client;
use crate::error::Failure;
use crate::transaction::Transaction;

/// A client to write and its event.
struct Change {
    /// The revision to replace.
    revision: Option<Uuid>,
    row: api_client::Model,
    event: AuditEvent,
}

#[async_trait]
impl ClientStore for Connections {
    async fn insert_client(
        &self,
        client: ApiClient,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        let change = Change { revision: None, row: convert::api_client_row(&client), event };
        self.write(&change, |transaction, change| Box::pin(write(transaction, change))).await
    }

    async fn replace_client(
        &self,
        revision: Uuid,
        client: ApiClient,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        let row = convert::api_client_row(&client);
        let change = Change { revision: Some(revision), row, event };
        self.write(&change, |transaction, change| Box::pin(write(transaction, change))).await
    }

    async fn find_client(&self, id: &ClientId) -> Result<Option<ApiClient>, StoreError> {
        let row = api_client::Entity::find_by_id(id.as_str()).one(self.reader());
        self.read(row).await?.map(convert::api_client).transpose()
    }

    async fn list_clients(&self) -> Result<Vec<ApiClient>, StoreError> {
        let rows =
            api_client::Entity::find().order_by_asc(api_client::Column::Id).all(self.reader());
        self.read(rows).await?.into_iter().map(convert::api_client).collect()
    }

    async fn remove_client(&self, id: &ClientId, event: AuditEvent) -> Result<bool, StoreError> {
        let removal = (id.clone(), event);
        self.write(&removal, |transaction, (id, event)| Box::pin(remove(transaction, id, event)))
            .await
    }
}

async fn remove(
    transaction: &Transaction,
    id: &ClientId,
    event: &AuditEvent,
) -> Result<bool, Failure> {
    let removed = api_client::Entity::delete_by_id(id.as_str()).exec(transaction).await?;
    if removed.rows_affected == 0 {
        return Ok(false);
    }
    write_events(transaction, std::slice::from_ref(event)).await?;
    Ok(true)
}

/// A change that is repeated after a lost answer finds itself. Of two instances that both insert a client,
/// the later fails, starts over and finds the row.
async fn write(transaction: &Transaction, change: &Change) -> Result<bool, Failure> {
    let Change { revision, row, event } = change;
    let client = row.clone().into_active_model();
    let stored = api_client::Entity::find_by_id(row.id.as_str()).one(transaction).await?;
    let stored = stored.map(|stored| stored.revision);
    if stored == Some(row.revision) {
        return Ok(true);
    }
    if stored != *revision {
        return Ok(false);
    }
    if let Some(revision) = revision {
        let updated = api_client::Entity::update_many()
            .set(client.reset_all())
            .filter(api_client::Column::Id.eq(row.id.as_str()))
            .filter(api_client::Column::Revision.eq(*revision))
            .exec(transaction)
            .await?;
        if updated.rows_affected == 0 {
            return Ok(false);
        }
    } else {
        api_client::Entity::insert(client).exec_without_returning(transaction).await?;
    }
    write_events(transaction, std::slice::from_ref(event)).await?;
    Ok(true)
}
