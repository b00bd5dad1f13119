use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::model::{AuditEvent, UserId, VisibleApps};

/// The audit log. The calls that change users write it.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Returns at most `limit` events: those after the event with the id `after`, or the first ones if
    /// there is no such event. With a `user_id`, returns only that user's events. Events that name no app
    /// are returned only if every app is visible.
    ///
    /// Events are numbered once they are committed, so nothing that is committed later comes before an
    /// event that was returned, whatever the clocks of instances say.
    async fn page_audit(
        &self,
        apps: &VisibleApps,
        user_id: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AuditEvent>, StoreError>;
}
