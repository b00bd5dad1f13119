use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::model::{AuditEvent, UserId, VisibleApps};

/// The audit log. The calls that change users write it.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Returns at most `limit` events with ids after `after`, ordered by id and so by time. With a
    /// `user_id`, returns only that user's events. Events that name no app are returned only if every app
    /// is visible.
    async fn page_audit(
        &self,
        apps: &VisibleApps,
        user_id: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AuditEvent>, StoreError>;
}
