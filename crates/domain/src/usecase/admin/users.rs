//! Shows and changes users for operators.

use std::sync::Arc;

use uuid::Uuid;

use crate::model::{
    ApiClient, AppId, AuditAction, AuditEvent, Identity, Reason, Session, User, UserId, UserStatus,
    UserType, VisibleApps,
};
use crate::ports::{Clearing, Erasure, ErasureStep, StoreError, UserChange, UserChangeOutcome};
use crate::usecase::context::Context;

/// Why the user was not shown or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdministrationError {
    /// There is no such user, or none in the client's apps.
    #[error("no such user")]
    NotFound,
    /// The database failed.
    #[error("cannot read or change the user")]
    Store(#[from] StoreError),
}

/// A user with everything an operator may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDetails {
    /// The user.
    pub user: User,
    /// The user's WeChat identities.
    pub identities: Vec<Identity>,
    /// The user's active sessions.
    pub sessions: Vec<Session>,
}

/// An operator's change of a user.
#[derive(Debug, Clone)]
pub struct RequestedChange {
    /// The new status.
    pub status: Option<UserStatus>,
    /// The new type.
    pub user_type: Option<UserType>,
    /// The reason, for the audit log.
    pub reason: Reason,
}

/// What a change came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedUser {
    /// The user after the change.
    Changed(User),
    /// The user with this id was erased, and the ban that had outlived the account was lifted.
    BanLifted(UserId),
}

/// Shows and changes users for clients with the scope `admin`.
///
/// A client that is limited to certain apps sees the users who have an identity in one of them, and of
/// these users only the identities, sessions and events in these apps. Status, type and profile belong to
/// the account; they are the same in every app.
pub struct Administration(Arc<Context>);

impl Administration {
    /// The largest page.
    pub const LARGEST_PAGE: u32 = 200;

    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self(context)
    }

    /// Returns one user.
    pub async fn show(
        &self,
        client: &ApiClient,
        id: UserId,
    ) -> Result<UserDetails, AdministrationError> {
        let user = self.0.accounts().find_user(id).await?.ok_or(AdministrationError::NotFound)?;
        let identities = visible_identities(&self.0, client, user.id).await?;
        if identities.is_empty() {
            return Err(AdministrationError::NotFound);
        }
        let now = self.0.now();
        let mut sessions = self.0.sessions().list_sessions(user.id).await?;
        sessions.retain(|session| !session.is_over(now) && client.may_for(&session.app_id));
        if user.status == UserStatus::Disabled {
            sessions.clear();
        }
        Ok(UserDetails { user, identities, sessions })
    }

    /// Returns up to `limit` users after `after`, ordered by id, and where the next page begins.
    pub async fn page(
        &self,
        client: &ApiClient,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<(Vec<User>, Option<UserId>), StoreError> {
        let limit = limit.clamp(1, Self::LARGEST_PAGE);
        let users = self.0.accounts().page_users(&client.visible_apps(), after, limit).await?;
        let next = next_page(&users, limit).map(|user| user.id);
        Ok((users, next))
    }

    /// Changes status and type, in every app. Lifting a ban also lifts that of a user who was erased
    /// since, in the client's apps.
    pub async fn change(
        &self,
        client: &ApiClient,
        id: UserId,
        requested: RequestedChange,
    ) -> Result<ChangedUser, AdministrationError> {
        let (id, app_id) = match self.resolve(client, id).await? {
            Some(found) => found,
            // Perhaps a ban has outlived the account.
            None => (id, client.apps.first().cloned()),
        };
        let RequestedChange { status, user_type, reason } = requested;
        let actions = [
            status.map(|status| match status {
                UserStatus::Active => AuditAction::UserEnabled,
                UserStatus::Disabled => AuditAction::UserDisabled,
            }),
            user_type.map(|_| AuditAction::UserTypeChanged),
        ];
        let event = |action| self.event(action, id, app_id.clone(), client, reason.clone());
        let change = UserChange {
            user_id: id,
            apps: client.visible_apps(),
            status,
            user_type,
            tokens_until: self.0.tokens_until(),
            events: actions.into_iter().flatten().map(event).collect(),
            now: self.0.now(),
        };
        let changed = self.0.accounts().change_user(change).await?;
        if status == Some(UserStatus::Disabled) {
            self.0.revocations.catch_up_now().await;
        }
        match changed {
            UserChangeOutcome::Changed(user) => Ok(ChangedUser::Changed(user)),
            UserChangeOutcome::BanLifted => Ok(ChangedUser::BanLifted(id)),
            UserChangeOutcome::NotFound => Err(AdministrationError::NotFound),
        }
    }

    /// Removes a user's phone number, because somebody else owns it now. Also fails with `NotFound`
    /// if the user has no phone number.
    pub async fn release_phone(
        &self,
        client: &ApiClient,
        id: UserId,
        reason: Reason,
    ) -> Result<(), AdministrationError> {
        let found = self.resolve(client, id).await?;
        let (id, app_id) = found.ok_or(AdministrationError::NotFound)?;
        let clearing = Clearing {
            user_id: id,
            apps: client.visible_apps(),
            nickname: false,
            avatar_url: false,
            phone: true,
            event: self.event(AuditAction::PhoneReleased, id, app_id, client, reason),
        };
        let cleared = self.0.accounts().clear(clearing).await?;
        cleared.map(drop).ok_or(AdministrationError::NotFound)
    }

    /// Erases a user at once, whether or not users can restore their accounts. A ban stays. Of a user who
    /// also has identities in apps that the client does not see, only the others are erased.
    pub async fn erase(
        &self,
        client: &ApiClient,
        id: UserId,
        reason: Reason,
    ) -> Result<(), AdministrationError> {
        let found = self.resolve(client, id).await?;
        let (id, app_id) = found.ok_or(AdministrationError::NotFound)?;
        let erasure = Erasure {
            user_id: id,
            apps: client.visible_apps(),
            step: ErasureStep::Complete,
            tokens_until: self.0.tokens_until(),
            event: self.event(AuditAction::UserErased, id, app_id, client, reason),
        };
        let erased = self.0.accounts().erase(erasure).await?;
        self.0.revocations.catch_up_now().await;
        if erased { Ok(()) } else { Err(AdministrationError::NotFound) }
    }

    /// Returns the user's id after all merges, and the app that an event about the user names; `None` if
    /// the client sees no such user.
    async fn resolve(
        &self,
        client: &ApiClient,
        id: UserId,
    ) -> Result<Option<(UserId, Option<AppId>)>, StoreError> {
        let Some(user) = self.0.accounts().find_user(id).await? else { return Ok(None) };
        let identities = visible_identities(&self.0, client, user.id).await?;
        Ok((!identities.is_empty()).then(|| (user.id, event_app(client, &identities))))
    }

    fn event(
        &self,
        action: AuditAction,
        user_id: UserId,
        app_id: Option<AppId>,
        client: &ApiClient,
        reason: Reason,
    ) -> AuditEvent {
        self.0.audit_event(action, user_id).in_app(app_id).by(client.id.clone(), reason)
    }

    /// Returns up to `limit` events of the audit log after `after`, oldest first, and where the
    /// next page begins. A client that is limited to certain apps sees the events that name one of them.
    pub async fn audit(
        &self,
        client: &ApiClient,
        user_id: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<(Vec<AuditEvent>, Option<Uuid>), StoreError> {
        let limit = limit.clamp(1, Self::LARGEST_PAGE);
        let apps = client.visible_apps();
        let events = self.0.ports.stores.audit.page_audit(&apps, user_id, after, limit).await?;
        let next = next_page(&events, limit).map(|event| event.id);
        Ok((events, next))
    }
}

/// Returns the last row of a full page, behind which there may be another.
pub(super) fn next_page<T>(page: &[T], limit: u32) -> Option<&T> {
    let is_full = u32::try_from(page.len()).is_ok_and(|found| found == limit);
    page.last().filter(|_| is_full)
}

/// The user's identities in the apps of the client.
pub(super) async fn visible_identities(
    context: &Context,
    client: &ApiClient,
    id: UserId,
) -> Result<Vec<Identity>, StoreError> {
    let mut identities = context.accounts().identities(id).await?;
    identities.retain(|identity| client.may_for(&identity.key.app_id));
    Ok(identities)
}

/// The app that an event about the account with these identities names, so that clients of this app see
/// it: the only one, or the first of a client that is limited to certain apps.
pub(super) fn event_app(client: &ApiClient, identities: &[Identity]) -> Option<AppId> {
    let mut apps = identities.iter().map(|identity| &identity.key.app_id);
    let first = apps.next()?;
    let is_limited = client.visible_apps() != VisibleApps::All;
    (is_limited || apps.all(|app| app == first)).then(|| first.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Actor;
    use crate::ports::LoginOutcome;
    use crate::testing::contract::{Sample, app_id};
    use crate::usecase::harness::{Harness, address, operator};
    use crate::usecase::tokens::refresh::RefreshError;

    fn change(status: Option<UserStatus>, user_type: Option<i32>) -> RequestedChange {
        let reason = Reason::parse("ticket-4711").unwrap();
        RequestedChange { status, user_type: user_type.map(UserType), reason }
    }

    async fn change_user(
        harness: &Harness,
        client: &ApiClient,
        id: UserId,
        requested: RequestedChange,
    ) -> User {
        match harness.administration.change(client, id, requested).await {
            Ok(ChangedUser::Changed(user)) => user,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_ban_takes_effect_at_once_and_is_audited() {
        let harness = Harness::new().await;
        let (user, _, access, refresh) = harness.sign_in("oAlice").await;
        let ban = change(Some(UserStatus::Disabled), Some(7));
        let banned = change_user(&harness, &operator(&[]), user.id, ban).await;
        assert_eq!((banned.status, banned.user_type), (UserStatus::Disabled, UserType(7)));
        assert!(harness.introspection.verify(&access).await.is_err());
        assert_eq!(
            harness.refresh.refresh(&refresh, address()).await.unwrap_err(),
            RefreshError::UserDisabled
        );
        assert_eq!(Sample::of("oAlice").outcome(&harness.stores).await, LoginOutcome::Disabled);
        let details = harness.administration.show(&operator(&[]), user.id).await.unwrap();
        assert_eq!(details.sessions, vec![]);
        let (events, next) =
            harness.administration.audit(&operator(&[]), Some(user.id), None, 10).await.unwrap();
        let count = |action| events.iter().filter(|event| event.action == action).count();
        assert_eq!(count(AuditAction::UserDisabled), 1);
        assert_eq!(count(AuditAction::UserTypeChanged), 1);
        assert_eq!(events[0].actor, Some(Actor::Client(operator(&[]).id)));
        assert_eq!(events[0].reason, Reason::parse("ticket-4711").ok());
        assert_eq!(next, None);
    }

    #[tokio::test]
    async fn a_client_of_some_apps_sees_their_users_only() {
        let harness = Harness::new().await;
        let (user, ..) = harness.sign_in("oAlice").await;
        let (own, stranger) = (operator(&[app_id(1)]), operator(&[app_id(2)]));
        assert!(harness.administration.show(&own, user.id).await.is_ok());
        let not_found = AdministrationError::NotFound;
        assert_eq!(harness.administration.show(&stranger, user.id).await, Err(not_found.clone()));
        let ban = change(Some(UserStatus::Disabled), None);
        let refused = harness.administration.change(&stranger, user.id, ban).await;
        assert_eq!(refused, Err(not_found.clone()));
        let reason = Reason::parse("spam").unwrap();
        let refused = harness.administration.erase(&stranger, user.id, reason.clone()).await;
        assert_eq!(refused, Err(not_found.clone()));
        assert_eq!(
            harness.administration.page(&own, None, 10).await.unwrap().0,
            vec![user.clone()]
        );
        assert_eq!(harness.administration.page(&stranger, None, 10).await.unwrap().0, vec![]);
        harness.administration.erase(&own, user.id, reason.clone()).await.unwrap();
        let gone = harness.administration.erase(&operator(&[]), user.id, reason).await;
        assert_eq!(gone, Err(not_found));
    }

    #[tokio::test]
    async fn the_id_of_a_merged_user_means_the_winner() {
        let harness = Harness::new().await;
        let (winner, loser) = (harness.sign_in("oOne").await.0, harness.sign_in("oTwo").await.0);
        harness.merge(winner.id, loser.id).await;
        let client = operator(&[]);
        let shown = harness.administration.show(&client, loser.id).await.unwrap();
        assert_eq!(
            (shown.user.id, shown.identities.len(), shown.sessions.len()),
            (winner.id, 2, 2)
        );
        let ban = change(Some(UserStatus::Disabled), None);
        let banned = change_user(&harness, &client, loser.id, ban).await;
        assert_eq!((banned.id, banned.status), (winner.id, UserStatus::Disabled));
        let (events, _) =
            harness.administration.audit(&operator(&[]), Some(winner.id), None, 10).await.unwrap();
        assert!(events.iter().any(|event| event.action == AuditAction::UserDisabled));
        harness.administration.erase(&client, loser.id, Reason::parse("x").unwrap()).await.unwrap();
        assert_eq!(harness.stores.accounts.find_user(winner.id).await, Ok(None));
    }

    #[tokio::test]
    async fn pages_lead_to_the_end() {
        let harness = Harness::new().await;
        for person in ["oAlice", "oBob", "oCarol"] {
            harness.sign_in(person).await;
        }
        let (first, next) = harness.administration.page(&operator(&[]), None, 2).await.unwrap();
        assert_eq!((first.len(), next), (2, Some(first[1].id)));
        let (rest, end) = harness.administration.page(&operator(&[]), next, 2).await.unwrap();
        assert_eq!((rest.len(), end), (1, None));
    }

    #[tokio::test]
    async fn a_client_of_some_apps_sees_and_erases_its_part_of_a_user() {
        let harness = Harness::new().await;
        let stores = &harness.stores;
        let here = Sample::of("oHere").with_union("uAlice").sign_in(stores).await;
        let there = Sample::of("oThere").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
        let (id, own, all) = (here.user.id, operator(&[app_id(2)]), operator(&[]));
        let shown = harness.administration.show(&own, id).await.unwrap();
        let apps = shown.identities.iter().map(|identity| identity.key.app_id.clone());
        assert_eq!(apps.collect::<Vec<_>>(), [app_id(2)]);
        assert_eq!(shown.sessions, vec![there.session.clone()]);
        let ban = change(Some(UserStatus::Disabled), None);
        change_user(&harness, &all, id, ban.clone()).await;
        change_user(&harness, &own, id, ban).await;
        let actors = |events: Vec<AuditEvent>| events.into_iter().map(|event| event.app_id);
        let (seen, _) = harness.administration.audit(&own, None, None, 10).await.unwrap();
        assert_eq!(actors(seen).collect::<Vec<_>>(), [Some(app_id(2))], "only its own event");

        let reason = Reason::parse("requested").unwrap();
        harness.administration.erase(&own, id, reason.clone()).await.unwrap();
        let again = harness.administration.erase(&own, id, reason).await;
        assert_eq!(again, Err(AdministrationError::NotFound));
        let shown = harness.administration.show(&all, id).await.unwrap();
        let apps = shown.identities.iter().map(|identity| identity.key.app_id.clone());
        assert_eq!(apps.collect::<Vec<_>>(), [app_id(1)]);
        assert_eq!(stores.sessions.find_session(there.session.id).await, Ok(None));
        let kept = stores.sessions.find_session(here.session.id).await;
        assert_eq!(kept, Ok(Some(here.session)));
    }

    #[tokio::test]
    async fn lifting_the_ban_of_an_erased_user_says_so() {
        let harness = Harness::new().await;
        let (user, ..) = harness.sign_in("oAlice").await;
        let (all, stranger) = (operator(&[]), operator(&[app_id(2)]));
        change_user(&harness, &all, user.id, change(Some(UserStatus::Disabled), None)).await;
        let reason = Reason::parse("requested").unwrap();
        harness.administration.erase(&all, user.id, reason).await.unwrap();
        let lift = async |client: &ApiClient| {
            let lift = change(Some(UserStatus::Active), Some(3));
            harness.administration.change(client, user.id, lift).await
        };
        assert_eq!(lift(&stranger).await, Err(AdministrationError::NotFound));
        assert_eq!(Sample::of("oAlice").outcome(&harness.stores).await, LoginOutcome::Disabled);
        let own = operator(&[app_id(1)]);
        assert_eq!(lift(&own).await, Ok(ChangedUser::BanLifted(user.id)));
        assert_eq!(lift(&own).await, Err(AdministrationError::NotFound));
        assert!(Sample::of("oAlice").at(2000).sign_in(&harness.stores).await.is_new);
        let (events, _) =
            harness.administration.audit(&own, Some(user.id), None, 10).await.unwrap();
        let last = events.last().unwrap();
        assert_eq!((last.action, &last.app_id), (AuditAction::UserEnabled, &Some(app_id(1))));
    }
}
