use async_trait::async_trait;

use super::StoreError;
use crate::model::UnionConflict;

/// Unionids that WeChat named for an identity and that belong to another user. Logins record them.
#[async_trait]
pub trait ConflictStore: Send + Sync {
    /// The conflicts that wait for an operator, oldest first, each with the present owner of the
    /// unionid. One whose user owns the unionid by now is settled and left out.
    async fn list_conflicts(&self) -> Result<Vec<UnionConflict>, StoreError>;
}
