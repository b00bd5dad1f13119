//! Makes two users one when they turn out to be the same person.

use std::sync::Arc;

use crate::model::{
    ApiClient, AuditAction, AuditEvent, Reason, UnionConflict, User, UserId, UserStatus,
};
use crate::ports::{AccountStore, Clock, Merge, MergeOutcome, Randomness, Sealer, StoreError};
use crate::usecase::admin::users::sees;
use crate::usecase::profile::phone_seal::{CannotReseal, reseal_phone};
use crate::usecase::tokens::access_tokens::AccessTokens;
use crate::usecase::tokens::revocations::Revocations;

/// How often users that change in the meantime are read anew.
const TRIES: u32 = 5;

/// The users are two still.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergingError {
    /// There is no such user, or the client has nothing to do with the user's apps.
    #[error("there is no such user")]
    NotFound,
    /// They are one user already.
    #[error("these are one and the same user")]
    OneUser,
    /// They changed whenever they were about to be merged.
    #[error("the users change all the time")]
    Busy,
    /// The loser's phone number cannot be sealed for the winner.
    #[error("a phone number could not be sealed anew")]
    Sealing,
    /// The database did not answer.
    #[error("the users could not be merged")]
    Store(#[from] StoreError),
}

/// What the winner can have from the loser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenOver {
    /// The nickname.
    Nickname,
    /// The picture.
    AvatarUrl,
    /// The id in the system that wxlogin replaced.
    LegacyId,
    /// The phone number.
    Phone,
}

/// What comes out of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergePlan {
    /// Who goes on.
    pub winner: UserId,
    /// Who is the winner from then on.
    pub loser: UserId,
    /// What the winner lacks and has from the loser.
    pub taken_over: Vec<TakenOver>,
    /// The stricter one of both.
    pub status: UserStatus,
    /// Whether one of them has asked to be erased, which the merge calls off.
    pub calls_off_erasure: bool,
    /// The unionids that could not be taken over and are about both of them: what the merge settles.
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

/// What [`Merging`] works with.
pub struct MergingParts {
    /// Knows how long tokens hold.
    pub access: Arc<AccessTokens>,
    /// Keeps users.
    pub accounts: Arc<dyn AccountStore>,
    /// Seals phone numbers anew.
    pub sealer: Arc<dyn Sealer>,
    /// Learns of tokens that end.
    pub revocations: Arc<Revocations>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub randomness: Arc<dyn Randomness>,
}

/// Shows which users may be one person, and merges them, for clients with the scope `admin`.
///
/// A client of some apps sees the conflicts of these apps, and merges users whom it sees both.
pub struct Merging(MergingParts);

impl Merging {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: MergingParts) -> Self {
        Self(parts)
    }

    /// The unionids that could not be taken over, oldest first.
    pub async fn conflicts(&self, client: &ApiClient) -> Result<Vec<UnionConflict>, StoreError> {
        let mut conflicts = self.0.accounts.union_conflicts().await?;
        conflicts.retain(|conflict| client.may_for(&conflict.identity.app_id));
        Ok(conflicts)
    }

    /// What would come out of a merge. Nothing is written.
    pub async fn plan(
        &self,
        client: &ApiClient,
        winner: UserId,
        loser: UserId,
    ) -> Result<MergePlan, MergingError> {
        let (winner, loser) = self.both(client, winner, loser).await?;
        Ok(MergePlan::of(&winner, &loser, self.0.accounts.union_conflicts().await?))
    }

    /// Makes them one. Whoever holds an access token of the loser gets another one by refreshing.
    pub async fn merge(
        &self,
        client: &ApiClient,
        winner: UserId,
        loser: UserId,
        reason: Reason,
    ) -> Result<MergePlan, MergingError> {
        for _ in 0..TRIES {
            let (winner, loser) = self.both(client, winner, loser).await?;
            let plan = MergePlan::of(&winner, &loser, self.0.accounts.union_conflicts().await?);
            let phone = loser.phone.as_ref().filter(|_| winner.phone.is_none());
            let reseal = |phone| reseal_phone(self.0.sealer.as_ref(), loser.id, winner.id, phone);
            let phone = phone.map(reseal).transpose().map_err(|CannotReseal| {
                tracing::error!("a phone number cannot move to another user");
                MergingError::Sealing
            })?;
            let now = self.0.clock.now();
            let randomness = self.0.randomness.as_ref();
            let event = |user| {
                let event = AuditEvent::new(AuditAction::UsersMerged, user, now, randomness);
                event.by(client.id.clone(), reason.clone())
            };
            let merge = Merge {
                winner: winner.id,
                loser: loser.id,
                phone,
                tokens_until: self.0.access.all_expired_by(now),
                event: event(winner.id),
                loser_event: event(loser.id),
            };
            match self.0.accounts.merge(merge).await? {
                MergeOutcome::Merged(user) => {
                    self.0.revocations.see_at_once().await;
                    return Ok(MergePlan { status: user.status, ..plan });
                }
                // Reading them again says what has become of them.
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
        let user = self.0.accounts.find_user(id).await?.ok_or(MergingError::NotFound)?;
        if sees(client, &self.0.accounts.identities(user.id).await?) {
            Ok(user)
        } else {
            Err(MergingError::NotFound)
        }
    }
}

#[cfg(test)]
mod tests;
