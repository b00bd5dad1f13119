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
        let after = after.map(|id| doc! { "_id": convert::to_bson(id) });
        self.call(|db| async move {
            db.deliver_all().await?;
            let after = match after {
                None => None,
                Some(id) => db.audit_events.find_one(id).await?,
            };
            let after = after.and_then(|event| event.number).unwrap_or(0);
            // Of several apps, the server reads one at a time: of one it must not return events that
            // are newer than those that it could see of another.
            let last = db.last_audit_number().await?;
            events.insert("number", doc! { "$gt": after, "$lte": last });
            let page = db.audit_events.find(events).sort(doc! { "number": 1 });
            let page = all(page.limit(i64::from(limit)).await?).await?;
            page.iter().map(convert::audit_event).collect()
        })
        .await
    }
}
