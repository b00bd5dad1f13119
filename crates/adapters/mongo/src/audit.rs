use async_trait::async_trait;
use mongodb::bson::doc;
use uuid::Uuid;
use wxlogin_domain::model::{AuditEvent, UserId};
use wxlogin_domain::ports::{AuditLog, StoreError};

use crate::convert;
use crate::database::Connections;

#[async_trait]
impl AuditLog for Connections {
    async fn page_audit(
        &self,
        user_id: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        // The server takes zero for no limit.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let connections = self.clone();
        let mut events = doc! {};
        if let Some(id) = user_id {
            events.insert("user_id", convert::to_bson(id.as_uuid()));
        }
        if let Some(after) = after {
            events.insert("_id", doc! { "$gt": convert::to_bson(after) });
        }
        self.call(async move {
            connections.deliver_all().await?;
            let page = connections.audit_events.find(events).sort(doc! { "_id": 1 });
            let mut found = page.limit(i64::from(limit)).await?;
            let mut page = Vec::new();
            while found.advance().await? {
                page.push(convert::audit_event(&found.deserialize_current()?)?);
            }
            Ok(page)
        })
        .await
    }
}
