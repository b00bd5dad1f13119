//! Merges two users who turn out to be the same person.

use std::sync::Arc;

use uuid::Uuid;

use crate::account::ConflictKey;
use crate::model::{
    ApiClient, AppId, AuditAction, Reason, UnionConflict, User, UserId, UserStatus, VisibleApps,
};
use crate::ports::{AcceptanceOutcome, Merge, MergeOutcome, StoreError, UnionIdAcceptance};
use crate::usecase::admin::users::{Administration, event_app, next_page, visible_identities};
use crate::usecase::context::Context;
use crate::usecase::profile::phone::sealing::reseal_phone;
use crate::usecase::support::tombstones::tombstones;

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

/// Why a unionid was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AcceptanceError {
    /// There is no such conflict, or none in the client's apps.
    #[error("no such conflict")]
    NotFound,
    /// Another user owns the unionid.
    #[error("the unionid belongs to another user")]
    Taken,
    /// The database failed.
    #[error("cannot accept the unionid")]
    Store(#[from] StoreError),
}

/// Which conflicts to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConflictFilter {
    /// Only those in this app.
    pub app_id: Option<AppId>,
    /// Only those that name this user, as user or as owner.
    pub user_id: Option<UserId>,
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
    fn of(winner: &User, loser: &User, settles: Vec<UnionConflict>) -> Self {
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
/// A client that is limited to certain apps sees the conflicts of these apps. It can merge two users if it
/// sees both, and the loser is in no other app.
pub struct Merging(Arc<Context>);

impl Merging {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self(context)
    }

    /// Returns up to `limit` unionid conflicts after `after`, oldest first, and where the next page
    /// begins.
    pub async fn conflicts(
        &self,
        client: &ApiClient,
        filter: &ConflictFilter,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<(Vec<UnionConflict>, Option<Uuid>), StoreError> {
        let limit = limit.clamp(1, Administration::LARGEST_PAGE);
        let apps = match &filter.app_id {
            Some(app_id) if client.may_for(app_id) => VisibleApps::Only([app_id.clone()].into()),
            Some(_) => return Ok((Vec::new(), None)),
            None => client.visible_apps(),
        };
        let store = self.0.conflicts();
        let conflicts = store.page_conflicts(&apps, filter.user_id, after, limit).await?;
        let next = next_page(&conflicts, limit).map(|conflict| conflict.id);
        Ok((conflicts, next))
    }

    /// Lets the user who signed in take the unionid of a conflict that nobody owns.
    pub async fn accept(
        &self,
        client: &ApiClient,
        id: Uuid,
        reason: Reason,
    ) -> Result<(), AcceptanceError> {
        let conflict = self.0.conflicts().find_conflict(id).await?;
        let conflict = conflict.filter(|conflict| client.may_for(&conflict.identity.app_id));
        let conflict = conflict.ok_or(AcceptanceError::NotFound)?;
        let tags = tombstones(self.0.sealer(), &conflict.identity, Some(&conflict.union_id));
        let event = self.0.audit_event(AuditAction::UnionIdChanged, conflict.user_id);
        let acceptance = UnionIdAcceptance {
            conflict: ConflictKey::of(&conflict),
            apps: client.visible_apps(),
            tombstone: tags.union_id.ok_or(AcceptanceError::NotFound)?,
            event: event
                .in_app(Some(conflict.identity.app_id.clone()))
                .by(client.id.clone(), reason),
        };
        match self.0.conflicts().accept_union_id(acceptance).await? {
            AcceptanceOutcome::Accepted(_) => Ok(()),
            AcceptanceOutcome::Taken => Err(AcceptanceError::Taken),
            AcceptanceOutcome::NotFound => Err(AcceptanceError::NotFound),
        }
    }

    /// Returns what a merge would do, without doing it.
    pub async fn plan(
        &self,
        client: &ApiClient,
        winner: UserId,
        loser: UserId,
    ) -> Result<MergePlan, MergingError> {
        let (winner, loser) = self.both(client, winner, loser).await?;
        let settles = self.settles(client, &winner.0, &loser.0).await?;
        Ok(MergePlan::of(&winner.0, &loser.0, settles))
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
            let ((winner, winner_app), (loser, loser_app)) =
                self.both(client, winner, loser).await?;
            let settles = self.settles(client, &winner, &loser).await?;
            let plan = MergePlan::of(&winner, &loser, settles);
            let phone = loser.phone.as_ref().filter(|_| winner.phone.is_none());
            let reseal = |phone| reseal_phone(self.0.sealer(), loser.id, winner.id, phone);
            let phone = phone.map(reseal).transpose().map_err(|error| {
                tracing::error!(%error, "cannot encrypt a phone number for another user");
                MergingError::Sealing
            })?;
            let event = |user, app_id| {
                let event = self.0.audit_event(AuditAction::UsersMerged, user).in_app(app_id);
                event.by(client.id.clone(), reason.clone())
            };
            let merge = Merge {
                winner: winner.id,
                loser: loser.id,
                apps: client.visible_apps(),
                phone,
                tokens_until: self.0.tokens_until(),
                event: event(winner.id, winner_app),
                loser_event: event(loser.id, loser_app),
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

    async fn settles(
        &self,
        client: &ApiClient,
        winner: &User,
        loser: &User,
    ) -> Result<Vec<UnionConflict>, StoreError> {
        let both = [winner.id, loser.id];
        self.0.conflicts().conflicts_between(&client.visible_apps(), both).await
    }

    /// Returns both users, each with the app that an event about them names.
    async fn both(
        &self,
        client: &ApiClient,
        winner: UserId,
        loser: UserId,
    ) -> Result<(Found, Found), MergingError> {
        let (winner, loser) = (self.find(client, winner).await?, self.find(client, loser).await?);
        if winner.0.id == loser.0.id {
            return Err(MergingError::OneUser);
        }
        let identities = self.0.accounts().identities(loser.0.id).await?;
        let mut apps = identities.iter().map(|identity| &identity.key.app_id);
        if apps.all(|app| client.may_for(app)) {
            Ok((winner, loser))
        } else {
            Err(MergingError::NotFound)
        }
    }

    async fn find(&self, client: &ApiClient, id: UserId) -> Result<Found, MergingError> {
        let user = self.0.accounts().find_user(id).await?.ok_or(MergingError::NotFound)?;
        let identities = visible_identities(&self.0, client, user.id).await?;
        if identities.is_empty() {
            return Err(MergingError::NotFound);
        }
        let app_id = event_app(client, &identities);
        Ok((user, app_id))
    }
}

/// A user, and the app that an event about the user names.
type Found = (User, Option<AppId>);

#[cfg(test)]
mod tests;
