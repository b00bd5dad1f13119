//! Bans.

use std::time::Duration;

use super::Sample;
use super::actions::{
    erase_identity, revoked_sessions, rotate, session_key, set_status, set_type_and_ban,
};
use crate::model::UserStatus;
use crate::ports::{LoginOutcome, RotationOutcome, Stores};

pub async fn a_disabled_user_is_refused_and_nothing_is_written(stores: &Stores) {
    let first = Sample::of("oAlice").named("Alice");
    let user = first.sign_in(stores).await.user;
    let disabled = set_status(stores, user.id, UserStatus::Disabled).await.unwrap();
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
    set_status(stores, first.user.id, UserStatus::Disabled).await;
    for ended in [first.session.id, second.session.id] {
        assert_eq!(rotate(stores, ended, 1, 5).await, RotationOutcome::Disabled);
    }
    let mut revoked = vec![first.session.id, second.session.id];
    revoked.sort_unstable();
    assert_eq!(revoked_sessions(stores).await, revoked);
    let rotated = rotate(stores, other.session.id, 1, 5).await;
    assert!(matches!(rotated, RotationOutcome::Rotated { .. }), "other users do not change");
}

pub async fn enabling_a_user_does_not_restore_old_sessions(stores: &Stores) {
    let before = Sample::of("oAlice").sign_in(stores).await;
    set_status(stores, before.user.id, UserStatus::Disabled).await;
    set_status(stores, before.user.id, UserStatus::Active).await;
    assert_eq!(rotate(stores, before.session.id, 1, 5).await, RotationOutcome::Gone);
    assert_eq!(stores.sessions.find_session(before.session.id).await, Ok(None));
    let after = Sample::of("oAlice").at(2000).sign_in(stores).await;
    // Enabling an active user ends no session.
    set_status(stores, before.user.id, UserStatus::Active).await;
    assert_eq!(stores.sessions.find_session(after.session.id).await, Ok(Some(after.session)));
}

pub async fn status_and_type_change_together_and_are_audited(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user;
    set_type_and_ban(stores, user.id).await;
}

pub async fn an_enabled_user_can_sign_in_again(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user;
    set_status(stores, user.id, UserStatus::Disabled).await;
    set_status(stores, user.id, UserStatus::Active).await;
    assert_eq!(Sample::of("oAlice").at(2000).sign_in(stores).await.user.id, user.id);
}

pub async fn enabling_lifts_the_ban_on_an_erased_identity(stores: &Stores) {
    let user = Sample::of("oAlice").with_union("uAlice").sign_in(stores).await.user;
    let other = Sample::of("oOther").in_app(2).with_union("uAlice").at(1);
    other.sign_in(stores).await;
    set_status(stores, user.id, UserStatus::Disabled).await;
    assert_eq!(erase_identity(stores, &other.record().identity).await, Some(user.id));
    // Without a unionid, only the tombstone identifies the user.
    let back = Sample::of("oOther").in_app(2).at(2000);
    assert_eq!(back.outcome(stores).await, LoginOutcome::Disabled);
    let enabled = set_status(stores, user.id, UserStatus::Active).await;
    assert_eq!(enabled.map(|user| user.status), Some(UserStatus::Active));
    assert!(back.sign_in(stores).await.is_new);
    assert_eq!(Sample::of("oAlice").at(2001).sign_in(stores).await.user.id, user.id);
}

pub async fn a_ban_applies_in_every_app_of_the_unionid(stores: &Stores) {
    let user = Sample::of("oAlice").in_app(1).with_union("uAlice").sign_in(stores).await.user;
    set_status(stores, user.id, UserStatus::Disabled).await;
    let login = Sample::of("oOther").in_app(2).with_union("uAlice").at(2000);
    assert_eq!(login.outcome(stores).await, LoginOutcome::Disabled);
    assert_eq!(session_key(stores, &login.record().identity).await, Ok(None));
}

pub async fn disabling_an_unknown_user_changes_nothing(stores: &Stores) {
    let id = Sample::of("oNobody").record().new_user_id;
    assert_eq!(set_status(stores, id, UserStatus::Disabled).await, None);
    assert_eq!(stores.accounts.find_user(id).await, Ok(None));
}
