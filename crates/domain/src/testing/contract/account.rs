//! Reading and changing users, and the audit log.

use std::time::Duration;

use super::Sample;
use super::actions::user_change;
use crate::model::{AuditAction, Identity, Nickname, Profile, VisibleApps};
use crate::ports::{ProfileChange, Stores};

pub async fn identities_are_listed_in_order(stores: &Stores) {
    let here = Sample::of("oZoe").in_app(2).with_union("uZoe");
    let there = Sample::of("oOther").in_app(1).with_union("uZoe");
    let user = here.sign_in(stores).await.user;
    there.sign_in(stores).await;
    Sample::of("oBob").in_app(1).sign_in(stores).await;
    let listed = [there, here].map(|login| {
        let record = login.record();
        Identity { key: record.identity, union_id: record.union_id }
    });
    assert_eq!(stores.accounts.identities(user.id).await, Ok(listed.to_vec()));
}

pub async fn users_are_listed_in_pages(stores: &Stores) {
    let mut users = Vec::new();
    for n in 0..7 {
        users.push(Sample::of(&format!("oPerson{n}")).sign_in(stores).await.user);
    }
    users.sort_by_key(|user| user.id);
    let mut seen = Vec::new();
    while seen.len() < users.len() {
        let page =
            stores.accounts.page_users(&VisibleApps::All, seen.last().copied(), 3).await.unwrap();
        assert!((1..=3).contains(&page.len()));
        seen.extend(page.iter().map(|user| user.id));
        // A user who signs up meanwhile does not disturb the listing.
        Sample::of(&format!("oLate{}", seen.len())).sign_in(stores).await;
    }
    let ids = users.iter().map(|user| user.id).collect::<Vec<_>>();
    assert_eq!(seen[..7], ids, "ordered by id, each once");
    assert_eq!(
        stores.accounts.page_users(&VisibleApps::All, None, 2).await,
        Ok(users[..2].to_vec())
    );
}

pub async fn a_profile_change_keeps_absent_fields(stores: &Stores) {
    let user = Sample::of("oAlice")
        .named("Alice")
        .pictured("https://cdn.example.com/a.png")
        .sign_in(stores)
        .await
        .user;
    let now = Sample::START.plus(Duration::from_millis(5));
    let name = Nickname::parse("爱丽丝𠮷").unwrap();
    let profile = Profile { nickname: Some(name.clone()), avatar_url: None };
    let change = ProfileChange { user_id: user.id, profile, now };
    let changed = stores.accounts.change_profile(change.clone()).await.unwrap().unwrap();
    assert_eq!(changed.nickname, Some(name));
    assert_eq!(changed.avatar_url, user.avatar_url);
    assert_eq!(changed.updated_at, now);
    assert_eq!(stores.accounts.find_user(user.id).await, Ok(Some(changed)));
    let late = ProfileChange { now: Sample::START, ..change };
    let late = stores.accounts.change_profile(late).await.unwrap();
    assert_eq!(late.unwrap().updated_at, now, "not set back");
}

pub async fn an_unknown_users_profile_cannot_be_changed(stores: &Stores) {
    let user_id = Sample::of("oNobody").record().new_user_id;
    let profile = Profile::from_claims(Some("Nobody"), None);
    let change = ProfileChange { user_id, profile, now: Sample::START };
    assert_eq!(stores.accounts.change_profile(change).await, Ok(None));
    assert_eq!(stores.accounts.find_user(user_id).await, Ok(None));
}

pub async fn audit_events_are_listed_in_pages(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.user.id;
    let bob = Sample::of("oBob").sign_in(stores).await.user.id;
    let mut events = Vec::new();
    for id in [alice, bob, alice, alice, bob] {
        let change = user_change(id, AuditAction::UserTypeChanged);
        events.extend(change.events.clone());
        stores.accounts.change_user(change).await.unwrap();
    }
    events.sort_by_key(|event| event.id);
    let first = stores.audit.page_audit(&VisibleApps::All, None, None, 2).await.unwrap();
    assert_eq!(first, events[..2]);
    let rest =
        stores.audit.page_audit(&VisibleApps::All, None, Some(first[1].id), 10).await.unwrap();
    assert_eq!(rest, events[2..]);
    let of_bob = stores.audit.page_audit(&VisibleApps::All, Some(bob), None, 10).await.unwrap();
    let expected =
        events.into_iter().filter(|event| event.user_id == Some(bob)).collect::<Vec<_>>();
    assert_eq!(of_bob, expected);
}

pub async fn a_user_is_found_by_identity(stores: &Stores) {
    let login = Sample::of("oAlice").with_union("uAlice");
    let user = login.sign_in(stores).await.user;
    let identity = login.record().identity;
    assert_eq!(stores.accounts.find_by_identity(&identity).await, Ok(Some(user)));
    let elsewhere = Sample::of("oAlice").in_app(2).record().identity;
    assert_eq!(stores.accounts.find_by_identity(&elsewhere).await, Ok(None));
}
