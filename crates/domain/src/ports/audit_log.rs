use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::model::{AuditEvent, UserId};

/// What was done to users. It is written by the calls that do it.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Events in the order of their ids, which is that of their times, those after `after` only,
    /// `limit` at most; of one user, or of all.
    async fn page_audit(
        &self,
        user_id: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AuditEvent>, StoreError>;
}
