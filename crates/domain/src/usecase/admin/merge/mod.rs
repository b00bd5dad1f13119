//! Merges two users who turn out to be the same person.

use std::sync::Arc;

use crate::model::{ApiClient, AuditAction, Reason, UnionConflict, User, UserId, UserStatus};
use crate::ports::{Merge, MergeOutcome, StoreError};
use crate::usecase::admin::users::sees;
use crate::usecase::context::Context;
use crate::usecase::profile::phone::sealing::{CannotReseal, reseal_phone};

/// How often to try a merge of users that change at the same time.
const TRIES: u32 = 5;

/// Why users were not merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergingError {
    /// There is no such user, or none in the client's apps.
    #[error("no such user")]
    NotFound,
    /// Both ids are of one user.
    #[error("both ids belong to the same user")]
    OneUser,
    /// The users kept changing while they were being merged.
    #[error("the users changed while they were being merged")]
    Busy,
    /// The loser's phone number cannot be encrypted for the winner.
    #[error("cannot encrypt the phone number for another user")]
    Sealing,
    /// The database failed.
    #[error("cannot merge the users")]
    Store(#[from] StoreError),
}

/// What the winner can take over from the loser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenOver {
    /// The nickname.
    Nickname,
    /// The avatar.
    AvatarUrl,
    /// The id in the system that wxlogin replaced.
    LegacyId,
    /// The phone number.
    Phone,
}

/// The result of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergePlan {
    /// The user who remains.
    pub winner: UserId,
    /// The user who becomes part of the winner.
    pub loser: UserId,
    /// What the winner lacks and takes over from the loser.
    pub taken_over: Vec<TakenOver>,
    /// The winner's status: banned if either user is.
    pub status: UserStatus,
    /// Whether an account was scheduled for deletion, which the merge cancels.
    pub calls_off_erasure: bool,
    /// The unionid conflicts between both users, which the merge settles.
    pub settles: Vec<UnionConflict>,
}

impl MergePlan {
    fn of(winner: &User, loser: &User, mut settles: Vec<UnionConflict>) -> Self {
        let both = [winner.id, loser.id];
        settles.retain(|conflict| {
            both.contains(&conflict.user_id) && conflict.owner.is_some_and(|id| both.contains(&id))
        });
        let lacks = |winner: bool, loser: bool, what| (!winner && loser).then_some(what);
        let taken_over = [
            lacks(winner.nickname.is_some(), loser.nickname.is_some(), TakenOver::Nickname),
            lacks(winner.avatar_url.is_some(), loser.avatar_url.is_some(), TakenOver::AvatarUrl),
            lacks(winner.legacy_id.is_some(), loser.legacy_id.is_some(), TakenOver::LegacyId),
            lacks(winner.phone.is_some(), loser.phone.is_some(), TakenOver::Phone),
        ];
        let status = match (winner.status, loser.status) {
            (UserStatus::Active, UserStatus::Active) => UserStatus::Active,
            (UserStatus::Disabled, _) | (_, UserStatus::Disabled) => UserStatus::Disabled,
        };
        let taken_over = taken_over.into_iter().flatten().collect();
        let calls_off_erasure = winner.erase_at.or(loser.erase_at).is_some();
        let (winner, loser) = (winner.id, loser.id);
        Self { winner, loser, taken_over, status, calls_off_erasure, settles }
    }
}

/// Shows conflicting unionids and merges users, for clients with the scope `admin`.
///
/// A client that is restricted to some apps sees the conflicts of these apps, and can merge two
/// users if it sees both.
pub struct Merging(Arc<Context>);

impl Merging {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self(context)
    }

    /// Returns the unionid conflicts, oldest first.
    pub async fn conflicts(&self, client: &ApiClient) -> Result<Vec<UnionConflict>, StoreError> {
        let mut conflicts = self.0.conflicts().list_conflicts().await?;
        conflicts.retain(|conflict| client.may_for(&conflict.identity.app_id));
        Ok(conflicts)
    }

    /// Returns what a merge would do, without doing it.
    pub async fn plan(
        &self,
        client: &ApiClient,
        winner: UserId,
        loser: UserId,
    ) -> Result<MergePlan, MergingError> {
        let (winner, loser) = self.both(client, winner, loser).await?;
        Ok(MergePlan::of(&winner, &loser, self.0.conflicts().list_conflicts().await?))
    }

    /// Merges the users. The loser's access tokens are revoked, and the next refresh returns the
    /// winner's.
    pub async fn merge(
        &self,
        client: &ApiClient,
        winner: UserId,
        loser: UserId,
        reason: Reason,
    ) -> Result<MergePlan, MergingError> {
        for _ in 0..TRIES {
            let (winner, loser) = self.both(client, winner, loser).await?;
            let plan = MergePlan::of(&winner, &loser, self.0.conflicts().list_conflicts().await?);
            let phone = loser.phone.as_ref().filter(|_| winner.phone.is_none());
            let reseal = |phone| reseal_phone(self.0.sealer(), loser.id, winner.id, phone);
            let phone = phone.map(reseal).transpose().map_err(|CannotReseal| {
                tracing::error!("cannot encrypt a phone number for another user");
                MergingError::Sealing
            })?;
            let event = |user| {
                let event = self.0.audit_event(AuditAction::UsersMerged, user);
                event.by(client.id.clone(), reason.clone())
            };
            let merge = Merge {
                winner: winner.id,
                loser: loser.id,
                phone,
                tokens_until: self.0.tokens_until(),
                event: event(winner.id),
                loser_event: event(loser.id),
            };
            match self.0.accounts().merge(merge).await? {
                MergeOutcome::Merged(user) => {
                    self.0.revocations.catch_up_now().await;
                    return Ok(MergePlan { status: user.status, ..plan });
                }
                // They changed since they were read.
                MergeOutcome::Moved | MergeOutcome::NotTwo => {}
            }
        }
        Err(MergingError::Busy)
    }

    async fn both(
        &self,
        client: &ApiClient,
        winner: UserId,
        loser: UserId,
    ) -> Result<(User, User), MergingError> {
        let (winner, loser) = (self.find(client, winner).await?, self.find(client, loser).await?);
        if winner.id == loser.id { Err(MergingError::OneUser) } else { Ok((winner, loser)) }
    }

    async fn find(&self, client: &ApiClient, id: UserId) -> Result<User, MergingError> {
        let user = self.0.accounts().find_user(id).await?.ok_or(MergingError::NotFound)?;
        if sees(client, &self.0.accounts().identities(user.id).await?) {
            Ok(user)
        } else {
            Err(MergingError::NotFound)
        }
    }
}

#[cfg(test)]
mod tests;
