use async_trait::async_trait;
use mongodb::bson::doc;
use uuid::Uuid;
use wxlogin_domain::model::{AuditEvent, UserId, VisibleApps};
use wxlogin_domain::ports::{AuditLog, StoreError};

use crate::commands::{all, in_apps};
use crate::convert;
use crate::database::Connections;

#[async_trait]
impl AuditLog for Connections {
    async fn page_audit(
        &self,
        apps: &VisibleApps,
        user_id: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        // The server takes zero for no limit.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut events = in_apps("app_id", apps);
        if let Some(id) = user_id {
            events.insert("user_id", convert::to_bson(id.as_uuid()));
        }
        if let Some(after) = after {
            events.insert("_id", doc! { "$gt": convert::to_bson(after) });
        }
        self.call(|db| async move {
            db.deliver_all().await?;
            let page = db.audit_events.find(events).sort(doc! { "_id": 1 });
            let page = all(page.limit(i64::from(limit)).await?).await?;
            page.iter().map(convert::audit_event).collect()
        })
        .await
    }
}
