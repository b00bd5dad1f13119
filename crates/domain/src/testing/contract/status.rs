//! Who is shut out.

use std::time::Duration;

use super::refresh::{revoked_sessions, rotate};
use super::{Sample, push, session_key};
use crate::model::{
    AuditAction, AuditEvent, ClientId, Reason, Timestamp, User, UserId, UserStatus, UserType,
};
use crate::ports::{LoginOutcome, RotationOutcome, Stores, UserChange};
use crate::testing::SequenceRandomness;

/// What an operator does, a second after the start.
pub(super) fn change(id: UserId, action: AuditAction) -> UserChange {
    let now = Sample::START.plus(Duration::from_secs(1));
    UserChange {
        user_id: id,
        status: None,
        user_type: None,
        tokens_until: Sample::TOKENS_UNTIL,
        events: vec![event(action, id, now)],
        now,
    }
}

/// An event with an id of its own.
pub(super) fn event(action: AuditAction, id: UserId, now: Timestamp) -> AuditEvent {
    let mut event = AuditEvent::new(action, id, now, &SequenceRandomness::default());
    event.id = Sample::of("oEvent").record().new_user_id.as_uuid();
    event
}

/// Sets the status as an operator would, a second after the start.
pub(super) async fn set(stores: &Stores, id: UserId, status: UserStatus) -> Option<User> {
    let action = match status {
        UserStatus::Active => AuditAction::UserEnabled,
        UserStatus::Disabled => AuditAction::UserDisabled,
    };
    let change = UserChange { status: Some(status), ..change(id, action) };
    stores.accounts.change_user(change).await.unwrap()
}

pub async fn a_disabled_user_is_refused_and_nothing_is_written(stores: &Stores) {
    let first = Sample::of("oAlice").named("Alice");
    let user = first.sign_in(stores).await.user;
    let disabled = set(stores, user.id, UserStatus::Disabled).await.unwrap();
    assert_eq!(disabled.status, UserStatus::Disabled);
    assert_eq!(disabled.updated_at, Sample::START.plus(Duration::from_secs(1)));

    let login = Sample::of("oAlice").named("Mallory").with_union("uAlice").at(2000);
    assert_eq!(login.outcome(stores).await, LoginOutcome::Disabled);
    assert_eq!(stores.accounts.find_user(user.id).await, Ok(Some(disabled)));
    assert_eq!(stores.sessions.find_session(login.record().session.id).await, Ok(None));
    assert_eq!(
        session_key(stores, &login.record().identity).await,
        Ok(Some(first.record().session_key))
    );
    let other = Sample::of("oOther").in_app(2).with_union("uAlice").sign_in(stores).await;
    assert!(other.is_new, "the unionid was not claimed");
}

pub async fn disabling_ends_every_session(stores: &Stores) {
    let first = Sample::of("oAlice").sign_in(stores).await;
    let second = Sample::of("oAlice").at(1).sign_in(stores).await;
    let other = Sample::of("oBob").sign_in(stores).await;
    set(stores, first.user.id, UserStatus::Disabled).await;
    for ended in [first.session.id, second.session.id] {
        assert_eq!(rotate(stores, ended, 1, 5).await, RotationOutcome::Disabled);
    }
    let mut revoked = vec![first.session.id, second.session.id];
    revoked.sort_unstable();
    assert_eq!(revoked_sessions(stores).await, revoked);
    let rotated = rotate(stores, other.session.id, 1, 5).await;
    assert!(matches!(rotated, RotationOutcome::Rotated { .. }), "others are left alone");
}

pub async fn a_session_from_before_a_ban_never_comes_back(stores: &Stores) {
    let before = Sample::of("oAlice").sign_in(stores).await;
    set(stores, before.user.id, UserStatus::Disabled).await;
    set(stores, before.user.id, UserStatus::Active).await;
    assert_eq!(rotate(stores, before.session.id, 1, 5).await, RotationOutcome::Gone);
    assert_eq!(stores.sessions.find_session(before.session.id).await, Ok(None));
    let after = Sample::of("oAlice").at(2000).sign_in(stores).await;
    // Enabling somebody who is enabled ends nothing.
    set(stores, before.user.id, UserStatus::Active).await;
    assert_eq!(stores.sessions.find_session(after.session.id).await, Ok(Some(after.session)));
}

pub async fn status_and_type_change_together_with_their_events(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user;
    classify_and_ban(stores, user.id).await;
}

/// Changes everything that an operator can change.
pub(super) async fn classify_and_ban(stores: &Stores, id: UserId) {
    let mut asked = change(id, AuditAction::UserTypeChanged);
    asked.user_type = Some(UserType(7));
    asked.status = Some(UserStatus::Disabled);
    asked.events.push(event(AuditAction::UserDisabled, id, asked.now));
    asked.events[0].actor = Some(ClientId::parse("console").unwrap());
    asked.events[0].reason = Some(Reason::parse("ticket-4711").unwrap());
    let changed = stores.accounts.change_user(asked.clone()).await.unwrap().unwrap();
    assert_eq!((changed.user_type, changed.status), (UserType(7), UserStatus::Disabled));
    assert_eq!(changed.updated_at, asked.now);
    assert_eq!(stores.accounts.find_user(id).await, Ok(Some(changed)));
    asked.events.sort_by_key(|event| event.id);
    assert_eq!(stores.audit.page_audit(Some(id), None, 10).await, Ok(asked.events));
}

pub async fn an_enabled_user_signs_in_again(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user;
    set(stores, user.id, UserStatus::Disabled).await;
    set(stores, user.id, UserStatus::Active).await;
    assert_eq!(Sample::of("oAlice").at(2000).sign_in(stores).await.user.id, user.id);
}

pub async fn enabling_lifts_the_ban_on_an_erased_identity(stores: &Stores) {
    let user = Sample::of("oAlice").with_union("uAlice").sign_in(stores).await.user;
    let other = Sample::of("oOther").in_app(2).with_union("uAlice").at(1);
    other.sign_in(stores).await;
    set(stores, user.id, UserStatus::Disabled).await;
    assert_eq!(push::erase(stores, &other.record().identity).await, Some(user.id));
    // Without a unionid only the tombstone tells who that is.
    let back = Sample::of("oOther").in_app(2).at(2000);
    assert_eq!(back.outcome(stores).await, LoginOutcome::Disabled);
    let enabled = set(stores, user.id, UserStatus::Active).await;
    assert_eq!(enabled.map(|user| user.status), Some(UserStatus::Active));
    assert!(back.sign_in(stores).await.is_new);
    assert_eq!(Sample::of("oAlice").at(2001).sign_in(stores).await.user.id, user.id);
}

pub async fn a_ban_follows_the_unionid_into_another_app(stores: &Stores) {
    let user = Sample::of("oAlice").in_app(1).with_union("uAlice").sign_in(stores).await.user;
    set(stores, user.id, UserStatus::Disabled).await;
    let login = Sample::of("oOther").in_app(2).with_union("uAlice").at(2000);
    assert_eq!(login.outcome(stores).await, LoginOutcome::Disabled);
    assert_eq!(session_key(stores, &login.record().identity).await, Ok(None));
}

pub async fn nobody_is_disabled_for_an_unknown_id(stores: &Stores) {
    let id = Sample::of("oNobody").record().new_user_id;
    assert_eq!(set(stores, id, UserStatus::Disabled).await, None);
    assert_eq!(stores.accounts.find_user(id).await, Ok(None));
}
