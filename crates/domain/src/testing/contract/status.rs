//! Who is shut out.

use std::time::Duration;

use super::Sample;
use crate::model::{AuditAction, AuditEvent, User, UserId, UserStatus};
use crate::ports::{LoginOutcome, Stores};
use crate::testing::SequenceRandomness;

/// Sets the status as an operator would, a second after the start.
pub(super) async fn set(stores: &Stores, id: UserId, status: UserStatus) -> Option<User> {
    let action = match status {
        UserStatus::Active => AuditAction::UserEnabled,
        UserStatus::Disabled => AuditAction::UserDisabled,
    };
    let mut event = AuditEvent::new(
        action,
        id,
        Sample::START.plus(Duration::from_secs(1)),
        &SequenceRandomness::default(),
    );
    event.id = Sample::of("oEvent").record().new_user_id.as_uuid();
    stores.accounts.set_status(id, status, event).await.unwrap()
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
        stores.accounts.session_key(&login.record().identity).await,
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
    assert_eq!(stores.sessions.find_session(first.session.id).await, Ok(None));
    assert_eq!(stores.sessions.find_session(second.session.id).await, Ok(None));
    assert_eq!(stores.sessions.find_session(other.session.id).await, Ok(Some(other.session)));
}

pub async fn an_enabled_user_signs_in_again(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user;
    set(stores, user.id, UserStatus::Disabled).await;
    set(stores, user.id, UserStatus::Active).await;
    assert_eq!(Sample::of("oAlice").at(2000).sign_in(stores).await.user.id, user.id);
}

pub async fn a_ban_follows_the_unionid_into_another_app(stores: &Stores) {
    let user = Sample::of("oAlice").in_app(1).with_union("uAlice").sign_in(stores).await.user;
    set(stores, user.id, UserStatus::Disabled).await;
    let login = Sample::of("oOther").in_app(2).with_union("uAlice").at(2000);
    assert_eq!(login.outcome(stores).await, LoginOutcome::Disabled);
    assert_eq!(stores.accounts.session_key(&login.record().identity).await, Ok(None));
}

pub async fn nobody_is_disabled_for_an_unknown_id(stores: &Stores) {
    let id = Sample::of("oNobody").record().new_user_id;
    assert_eq!(set(stores, id, UserStatus::Disabled).await, None);
    assert_eq!(stores.accounts.find_user(id).await, Ok(None));
}
