//! How a login changes the profile.

use super::Sample;
use crate::ports::Stores;

pub async fn a_login_replaces_only_the_given_profile_fields(stores: &Stores) {
    Sample::of("oAlice").named("Alice").pictured("https://a.example/1").sign_in(stores).await;
    let renamed = Sample::of("oAlice").named("爱丽丝").at(1).sign_in(stores).await.user;
    assert_eq!(renamed.nickname.as_ref().unwrap().as_str(), "爱丽丝");
    assert_eq!(renamed.avatar_url.as_ref().unwrap().as_str(), "https://a.example/1");
    let pictured =
        Sample::of("oAlice").pictured("https://a.example/2").at(2).sign_in(stores).await.user;
    assert_eq!(pictured.nickname.as_ref().unwrap().as_str(), "爱丽丝");
    assert_eq!(pictured.avatar_url.as_ref().unwrap().as_str(), "https://a.example/2");
    assert_eq!(stores.accounts.find_user(pictured.id).await, Ok(Some(pictured)));
}

pub async fn a_first_login_without_profile_stores_none(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user;
    assert_eq!((&user.nickname, &user.avatar_url), (&None, &None));
    assert_eq!(stores.accounts.find_user(user.id).await, Ok(Some(user)));
}

pub async fn four_byte_characters_are_stored_unchanged(stores: &Stores) {
    let user = Sample::of("oAlice").named("𠮷野家🎉👩‍👩‍👧").sign_in(stores).await.user;
    let stored = stores.accounts.find_user(user.id).await.unwrap().unwrap();
    assert_eq!(stored.nickname.unwrap().as_str(), "𠮷野家🎉👩‍👩‍👧");
}

pub async fn updated_at_changes_only_with_the_profile(stores: &Stores) {
    Sample::of("oAlice").named("Alice").sign_in(stores).await;
    let same = Sample::of("oAlice").named("Alice").at(10).sign_in(stores).await.user;
    assert_eq!(same.updated_at, Sample::START);
    let renamed = Sample::of("oAlice").named("Alicia").at(20).sign_in(stores).await.user;
    assert_eq!(renamed.updated_at, Sample::of("oAlice").at(20).record().now);
}

pub async fn the_last_login_is_written_at_most_once_an_hour(stores: &Stores) {
    Sample::of("oAlice").sign_in(stores).await;
    let soon = Sample::of("oAlice").at(59 * 60_000).sign_in(stores).await.user;
    assert_eq!(soon.last_login_at, Sample::START);
    let later = Sample::of("oAlice").at(60 * 60_000).sign_in(stores).await.user;
    assert_eq!(later.last_login_at, Sample::of("oAlice").at(60 * 60_000).record().now);
    assert_eq!(stores.accounts.find_user(later.id).await, Ok(Some(later)));
}

pub async fn a_late_login_does_not_set_times_back(stores: &Stores) {
    Sample::of("oAlice").named("Alice").at(100).sign_in(stores).await;
    let late = Sample::of("oAlice").named("Alicia").at(50).sign_in(stores).await.user;
    let newest = Sample::of("oAlice").at(100).record().now;
    assert_eq!((late.updated_at, late.last_login_at), (newest, newest));
}
