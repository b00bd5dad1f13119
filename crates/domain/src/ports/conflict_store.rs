use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::account::{AcceptanceOutcome, UnionIdAcceptance};
use crate::model::{UnionConflict, UserId, VisibleApps};

/// Unionids that WeChat named for an identity and that its user could not take. Logins record them.
///
/// Each is returned with the present owner of the unionid. One whose user owns the unionid by now is
/// settled and left out.
#[async_trait]
pub trait ConflictStore: Send + Sync {
    /// Returns at most `limit` conflicts of identities in these apps with ids after `after`, ordered by id.
    /// With `of`, returns only those that name this user, as user or as owner.
    async fn page_conflicts(
        &self,
        apps: &VisibleApps,
        of: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<UnionConflict>, StoreError>;

    /// Returns the conflicts of identities in these apps that name both users, ordered by id. Reads
    /// nothing about other users.
    async fn conflicts_between(
        &self,
        apps: &VisibleApps,
        users: [UserId; 2],
    ) -> Result<Vec<UnionConflict>, StoreError>;

    /// Returns the conflict with this id, if there is one that is not settled.
    async fn find_conflict(&self, id: Uuid) -> Result<Option<UnionConflict>, StoreError>;

    /// Lets the user who signed in take the unionid: see `account/union_id.rs`.
    async fn accept_union_id(
        &self,
        acceptance: UnionIdAcceptance,
    ) -> Result<AcceptanceOutcome, StoreError>;
}
