//! Which user a login signs in, and what it stores.

use super::Sample;
use super::actions::open_conflicts;
use super::actions::session_key;
use crate::model::{UserStatus, UserType};
use crate::ports::{LoginOutcome, Stores};

pub async fn a_first_login_creates_a_user_with_default_values(stores: &Stores) {
    let login = Sample::of("oAlice");
    let signed_in = login.sign_in(stores).await;
    assert!(signed_in.is_new);
    let user = signed_in.user;
    assert_eq!(user.id, login.record().new_user_id);
    assert_eq!(user.user_type, UserType(2));
    assert_eq!(user.status, UserStatus::Active);
    assert_eq!(
        (user.created_at, user.updated_at, user.last_login_at),
        (Sample::START, Sample::START, Sample::START)
    );
    assert_eq!(stores.accounts.find_user(user.id).await, Ok(Some(user)));
}

pub async fn a_second_login_signs_in_the_same_user(stores: &Stores) {
    let first = Sample::of("oAlice").sign_in(stores).await;
    let second = Sample::of("oAlice").at(5).sign_in(stores).await;
    assert!(!second.is_new);
    assert_eq!(second.user.id, first.user.id);
    assert_eq!(second.user.created_at, Sample::START);
    assert_ne!(second.session.id, first.session.id);
}

pub async fn openids_are_case_sensitive(stores: &Stores) {
    let lower = Sample::of("oabc").sign_in(stores).await;
    let upper = Sample::of("oABC").sign_in(stores).await;
    assert!(upper.is_new);
    assert_ne!(lower.user.id, upper.user.id);
}

pub async fn the_same_openid_in_two_apps_is_two_users(stores: &Stores) {
    let here = Sample::of("oAlice").in_app(1).sign_in(stores).await;
    let there = Sample::of("oAlice").in_app(2).sign_in(stores).await;
    assert!(there.is_new);
    assert_ne!(here.user.id, there.user.id);
}

pub async fn closed_sign_up_stores_nothing(stores: &Stores) {
    let login = Sample::of("oAlice").with_union("uAlice").sign_up_closed();
    assert_eq!(login.outcome(stores).await, LoginOutcome::SignUpClosed);
    assert_eq!(stores.accounts.find_user(login.record().new_user_id).await, Ok(None));
    assert_eq!(session_key(stores, &login.record().identity).await, Ok(None));
    assert_eq!(stores.sessions.find_session(login.record().session.id).await, Ok(None));
    // If the unionid had been stored, this person would not be new.
    assert!(Sample::of("oBob").with_union("uAlice").sign_in(stores).await.is_new);
}

pub async fn closed_sign_up_admits_existing_users(stores: &Stores) {
    let user = Sample::of("oAlice").with_union("uAlice").sign_in(stores).await.user;
    let again = Sample::of("oAlice").sign_up_closed().sign_in(stores).await;
    assert_eq!(again.user.id, user.id);
    let elsewhere =
        Sample::of("oOther").in_app(2).with_union("uAlice").sign_up_closed().sign_in(stores).await;
    assert_eq!(elsewhere.user.id, user.id);
}

pub async fn recording_a_login_twice_changes_nothing(stores: &Stores) {
    for login in [Sample::of("oAlice"), Sample::of("oBob").replayable(1)] {
        let first = login.sign_in(stores).await;
        let second = login.sign_in(stores).await;
        assert_eq!(second.is_new, first.is_new);
        assert_eq!(second.user, first.user);
        assert_eq!(second.session, first.session);
    }
}

pub async fn the_longest_values_are_stored_unchanged(stores: &Stores) {
    let longest = "o".repeat(64);
    let nickname = "字".repeat(64);
    let avatar = format!("https://a.example/{}", "x".repeat(1024 - 18));
    let device = "机".repeat(64);
    let first = Sample::of(&longest)
        .with_union(&"u".repeat(64))
        .named(&nickname)
        .pictured(&avatar)
        .on_device(&device)
        .sign_in(stores)
        .await;
    let user = stores.accounts.find_user(first.user.id).await.unwrap().unwrap();
    assert_eq!(user.nickname.unwrap().as_str(), nickname);
    assert_eq!(user.avatar_url.unwrap().as_str(), avatar);
    let session = stores.sessions.find_session(first.session.id).await.unwrap().unwrap();
    assert_eq!(session.device.unwrap().as_str(), device);
    assert_eq!(Sample::of(&longest).sign_in(stores).await.user.id, first.user.id);
    assert!(Sample::of(&"o".repeat(63)).sign_in(stores).await.is_new);
}

pub async fn times_keep_their_milliseconds(stores: &Stores) {
    let login = Sample::of("oAlice").at(777).until(987_654_321);
    let signed_in = login.sign_in(stores).await;
    let user = stores.accounts.find_user(signed_in.user.id).await.unwrap().unwrap();
    assert_eq!(user.created_at, login.record().now);
    let session = stores.sessions.find_session(signed_in.session.id).await.unwrap().unwrap();
    assert_eq!(session.created_at, login.record().now);
    assert_eq!(session.expires_at, login.record().session.expires_at);
}

pub async fn unknown_ids_are_not_found(stores: &Stores) {
    let record = Sample::of("oNobody").record();
    assert_eq!(stores.accounts.find_user(record.new_user_id).await, Ok(None));
    assert_eq!(session_key(stores, &record.identity).await, Ok(None));
    assert_eq!(stores.sessions.find_session(record.session.id).await, Ok(None));
    assert_eq!(open_conflicts(stores).await, Ok(Vec::new()));
    assert_eq!(stores.keys.signing_keys().await, Ok(Vec::new()));
}
