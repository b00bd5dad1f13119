//! What operators do with users.

use std::sync::Arc;

use uuid::Uuid;

use crate::model::{
    ApiClient, AuditAction, AuditEvent, Identity, Reason, Session, User, UserId, UserStatus,
    UserType,
};
use crate::ports::{
    AccountStore, AuditLog, Clearing, Clock, Erasure, ErasureStep, Randomness, SessionStore,
    StoreError, UserChange,
};
use crate::usecase::tokens::access_tokens::AccessTokens;
use crate::usecase::tokens::revocations::Revocations;

/// The user was not shown or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdministrationError {
    /// There is no such user, or the client has nothing to do with the user's apps.
    #[error("there is no such user")]
    NotFound,
    /// The database did not answer.
    #[error("the user could not be read or changed")]
    Store(#[from] StoreError),
}

/// A user with everything an operator may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDetails {
    /// The user.
    pub user: User,
    /// As whom WeChat knows the user.
    pub identities: Vec<Identity>,
    /// Where the user is signed in.
    pub sessions: Vec<Session>,
}

/// What an operator wants to change.
#[derive(Debug, Clone)]
pub struct RequestedChange {
    /// The new status.
    pub status: Option<UserStatus>,
    /// The new type.
    pub user_type: Option<UserType>,
    /// Why.
    pub reason: Reason,
}

/// What [`Administration`] works with.
pub struct AdministrationParts {
    /// Knows how long tokens hold.
    pub access: Arc<AccessTokens>,
    /// Keeps users.
    pub accounts: Arc<dyn AccountStore>,
    /// Keeps sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Tells what was done.
    pub audit: Arc<dyn AuditLog>,
    /// Learns of sessions that end.
    pub revocations: Arc<Revocations>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub randomness: Arc<dyn Randomness>,
}

/// Shows and changes users for clients with the scope `admin`.
///
/// A client of some apps sees the users who have an identity in one of them.
pub struct Administration(AdministrationParts);

impl Administration {
    /// Most that one page holds.
    pub const LARGEST_PAGE: u32 = 200;

    /// Wires the use case.
    #[must_use]
    pub fn new(parts: AdministrationParts) -> Self {
        Self(parts)
    }

    /// One user.
    pub async fn show(
        &self,
        client: &ApiClient,
        id: UserId,
    ) -> Result<UserDetails, AdministrationError> {
        let user = self.0.accounts.find_user(id).await?.ok_or(AdministrationError::NotFound)?;
        let identities = self.0.accounts.identities(user.id).await?;
        if !sees(client, &identities) {
            return Err(AdministrationError::NotFound);
        }
        let now = self.0.clock.now();
        let mut sessions = self.0.sessions.list_sessions(user.id).await?;
        sessions.retain(|session| !session.is_over(now));
        if user.status == UserStatus::Disabled {
            sessions.clear();
        }
        Ok(UserDetails { user, identities, sessions })
    }

    /// Users in the order of their ids, those after `after`, `limit` at most and whom to go on
    /// after. A client of some apps can get fewer than there are, and goes on all the same.
    pub async fn page(
        &self,
        client: &ApiClient,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<(Vec<User>, Option<UserId>), StoreError> {
        let limit = limit.clamp(1, Self::LARGEST_PAGE);
        let users = self.0.accounts.page_users(after, limit).await?;
        let is_full = u32::try_from(users.len()).is_ok_and(|found| found == limit);
        let next = users.last().map(|user| user.id).filter(|_| is_full);
        if client.apps.is_empty() {
            return Ok((users, next));
        }
        let mut seen = Vec::new();
        for user in users {
            if sees(client, &self.0.accounts.identities(user.id).await?) {
                seen.push(user);
            }
        }
        Ok((seen, next))
    }

    /// Sets status and type. A ban of somebody who has been erased since is lifted as well.
    pub async fn change(
        &self,
        client: &ApiClient,
        id: UserId,
        requested: RequestedChange,
    ) -> Result<User, AdministrationError> {
        let id = self.resolve(client, id).await?.unwrap_or(id);
        let now = self.0.clock.now();
        let status = requested.status.map(|status| match status {
            UserStatus::Active => AuditAction::UserEnabled,
            UserStatus::Disabled => AuditAction::UserDisabled,
        });
        let user_type = requested.user_type.map(|_| AuditAction::UserTypeChanged);
        let event = |action| {
            AuditEvent::new(action, id, now, self.0.randomness.as_ref())
                .by(client.id.clone(), requested.reason.clone())
        };
        let change = UserChange {
            user_id: id,
            status: requested.status,
            user_type: requested.user_type,
            tokens_until: self.0.access.all_expired_by(now),
            events: status.into_iter().chain(user_type).map(event).collect(),
            now,
        };
        let changed = self.0.accounts.change_user(change).await?;
        if requested.status == Some(UserStatus::Disabled) {
            self.0.revocations.see_at_once().await;
        }
        changed.ok_or(AdministrationError::NotFound)
    }

    /// Takes the phone number from a user, because it belongs to somebody else now. Not found is also
    /// a user who has none.
    pub async fn release_phone(
        &self,
        client: &ApiClient,
        id: UserId,
        reason: Reason,
    ) -> Result<(), AdministrationError> {
        let id = self.resolve(client, id).await?.ok_or(AdministrationError::NotFound)?;
        let (now, randomness) = (self.0.clock.now(), self.0.randomness.as_ref());
        let event = AuditEvent::new(AuditAction::PhoneReleased, id, now, randomness);
        let clearing = Clearing {
            user_id: id,
            nickname: false,
            avatar_url: false,
            phone: true,
            event: event.by(client.id.clone(), reason),
        };
        let cleared = self.0.accounts.clear(clearing).await?;
        cleared.map(drop).ok_or(AdministrationError::NotFound)
    }

    /// Erases a user at once, whatever grace people have themselves. A ban stays.
    pub async fn erase(
        &self,
        client: &ApiClient,
        id: UserId,
        reason: Reason,
    ) -> Result<(), AdministrationError> {
        let id = self.resolve(client, id).await?.ok_or(AdministrationError::NotFound)?;
        let now = self.0.clock.now();
        let event = AuditEvent::new(AuditAction::UserErased, id, now, self.0.randomness.as_ref());
        let erasure = Erasure {
            user_id: id,
            step: ErasureStep::Complete,
            tokens_until: self.0.access.all_expired_by(now),
            event: event.by(client.id.clone(), reason),
        };
        let erased = self.0.accounts.erase(erasure).await?;
        self.0.revocations.see_at_once().await;
        if erased { Ok(()) } else { Err(AdministrationError::NotFound) }
    }

    /// Who this is by now, after all merges; none when nobody is.
    async fn resolve(
        &self,
        client: &ApiClient,
        id: UserId,
    ) -> Result<Option<UserId>, AdministrationError> {
        let Some(user) = self.0.accounts.find_user(id).await? else { return Ok(None) };
        let identities = self.0.accounts.identities(user.id).await?;
        if sees(client, &identities) {
            Ok(Some(user.id))
        } else {
            Err(AdministrationError::NotFound)
        }
    }

    /// The audit log, oldest first: what comes after `after`, `limit` at most and what to go on
    /// after.
    pub async fn audit(
        &self,
        user_id: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<(Vec<AuditEvent>, Option<Uuid>), StoreError> {
        let limit = limit.clamp(1, Self::LARGEST_PAGE);
        let events = self.0.audit.page_audit(user_id, after, limit).await?;
        let is_full = u32::try_from(events.len()).is_ok_and(|found| found == limit);
        let next = events.last().map(|event| event.id).filter(|_| is_full);
        Ok((events, next))
    }
}

/// Whether one of these identities is in an app of the client.
pub(in crate::usecase) fn sees(client: &ApiClient, identities: &[Identity]) -> bool {
    client.apps.is_empty()
        || identities.iter().any(|identity| client.apps.contains(&identity.key.app_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::LoginOutcome;
    use crate::testing::contract::{Sample, app_id};
    use crate::usecase::test_house::{House, operator};
    use crate::usecase::tokens::refresh::RefreshError;

    fn change(status: Option<UserStatus>, user_type: Option<i32>) -> RequestedChange {
        let reason = Reason::parse("ticket-4711").unwrap();
        RequestedChange { status, user_type: user_type.map(UserType), reason }
    }

    #[tokio::test]
    async fn a_ban_is_felt_at_once_and_told() {
        let house = House::new().await;
        let (user, _, access, refresh) = house.sign_in("oAlice").await;
        let ban = change(Some(UserStatus::Disabled), Some(7));
        let banned = house.administration.change(&operator(&[]), user.id, ban).await.unwrap();
        assert_eq!((banned.status, banned.user_type), (UserStatus::Disabled, UserType(7)));
        assert!(house.introspection.verify(&access).await.is_err());
        assert_eq!(house.refresh.refresh(&refresh).await.unwrap_err(), RefreshError::UserDisabled);
        assert_eq!(Sample::of("oAlice").outcome(&house.stores).await, LoginOutcome::Disabled);
        let details = house.administration.show(&operator(&[]), user.id).await.unwrap();
        assert_eq!(details.sessions, vec![]);
        let (events, next) = house.administration.audit(Some(user.id), None, 10).await.unwrap();
        let told = |action| events.iter().filter(|event| event.action == action).count();
        assert_eq!(told(AuditAction::UserDisabled), 1);
        assert_eq!(told(AuditAction::UserTypeChanged), 1);
        assert_eq!(events[0].actor, Some(operator(&[]).id));
        assert_eq!(events[0].reason, Reason::parse("ticket-4711").ok());
        assert_eq!(next, None);
    }

    #[tokio::test]
    async fn a_client_of_some_apps_sees_their_users_only() {
        let house = House::new().await;
        let (user, ..) = house.sign_in("oAlice").await;
        let (own, stranger) = (operator(&[app_id(1)]), operator(&[app_id(2)]));
        assert!(house.administration.show(&own, user.id).await.is_ok());
        let not_found = AdministrationError::NotFound;
        assert_eq!(house.administration.show(&stranger, user.id).await, Err(not_found.clone()));
        let ban = change(Some(UserStatus::Disabled), None);
        let refused = house.administration.change(&stranger, user.id, ban).await;
        assert_eq!(refused, Err(not_found.clone()));
        let reason = Reason::parse("spam").unwrap();
        let refused = house.administration.erase(&stranger, user.id, reason.clone()).await;
        assert_eq!(refused, Err(not_found.clone()));
        assert_eq!(house.administration.page(&own, None, 10).await.unwrap().0, vec![user.clone()]);
        assert_eq!(house.administration.page(&stranger, None, 10).await.unwrap().0, vec![]);
        house.administration.erase(&own, user.id, reason.clone()).await.unwrap();
        let gone = house.administration.erase(&operator(&[]), user.id, reason).await;
        assert_eq!(gone, Err(not_found));
    }

    #[tokio::test]
    async fn the_id_of_somebody_who_was_merged_means_who_they_are_now() {
        let house = House::new().await;
        let (winner, loser) = (house.sign_in("oOne").await.0, house.sign_in("oTwo").await.0);
        house.merge(winner.id, loser.id).await;
        let client = operator(&[]);
        let shown = house.administration.show(&client, loser.id).await.unwrap();
        assert_eq!(
            (shown.user.id, shown.identities.len(), shown.sessions.len()),
            (winner.id, 2, 2)
        );
        let ban = change(Some(UserStatus::Disabled), None);
        let banned = house.administration.change(&client, loser.id, ban).await.unwrap();
        assert_eq!((banned.id, banned.status), (winner.id, UserStatus::Disabled));
        let (events, _) = house.administration.audit(Some(winner.id), None, 10).await.unwrap();
        assert!(events.iter().any(|event| event.action == AuditAction::UserDisabled));
        house.administration.erase(&client, loser.id, Reason::parse("x").unwrap()).await.unwrap();
        assert_eq!(house.stores.accounts.find_user(winner.id).await, Ok(None));
    }

    #[tokio::test]
    async fn pages_lead_to_the_end() {
        let house = House::new().await;
        for person in ["oAlice", "oBob", "oCarol"] {
            house.sign_in(person).await;
        }
        let (first, next) = house.administration.page(&operator(&[]), None, 2).await.unwrap();
        assert_eq!((first.len(), next), (2, Some(first[1].id)));
        let (rest, end) = house.administration.page(&operator(&[]), next, 2).await.unwrap();
        assert_eq!((rest.len(), end), (1, None));
    }
}
