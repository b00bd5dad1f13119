//! Reading and changing users, and the audit log.

use std::time::Duration;

use futures_util::future::join_all;

use super::actions::{after, user_change};
use super::{Sample, app_id};
use crate::model::{AuditAction, AuditEvent, Identity, Nickname, Profile, VisibleApps};
use crate::ports::{FieldChange, ProfileChange, Stores};

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
    let change = ProfileChange::set(user.id, profile, now);
    let changed = stores.accounts.change_profile(change.clone()).await.unwrap().unwrap();
    assert_eq!(changed.nickname, Some(name));
    assert_eq!(changed.avatar_url, user.avatar_url);
    assert_eq!(changed.updated_at, now);
    assert_eq!(stores.accounts.find_user(user.id).await, Ok(Some(changed)));
    let late = ProfileChange { now: Sample::START, ..change };
    let late = stores.accounts.change_profile(late).await.unwrap();
    assert_eq!(late.unwrap().updated_at, now, "not set back");
}

pub async fn a_profile_change_can_clear_fields(stores: &Stores) {
    let sample = Sample::of("oAlice").named("Alice").pictured("https://cdn.example.com/a.png");
    let user_id = sample.sign_in(stores).await.user.id;
    let now = Sample::START.plus(Duration::from_millis(5));
    let nothing = ProfileChange::set(user_id, Profile::default(), now);
    let no_name = ProfileChange { nickname: FieldChange::Clear, ..nothing.clone() };
    let changed = stores.accounts.change_profile(no_name).await.unwrap().unwrap();
    assert_eq!(changed.nickname, None);
    assert!(changed.avatar_url.is_some());
    assert_eq!(stores.accounts.find_user(user_id).await, Ok(Some(changed)));
    let no_avatar = ProfileChange { avatar_url: FieldChange::Clear, ..nothing };
    let changed = stores.accounts.change_profile(no_avatar).await.unwrap().unwrap();
    assert_eq!((&changed.nickname, &changed.avatar_url), (&None, &None));
    assert_eq!(stores.accounts.find_user(user_id).await, Ok(Some(changed)));
}

pub async fn an_unknown_users_profile_cannot_be_changed(stores: &Stores) {
    let user_id = Sample::of("oNobody").record().new_user_id;
    let profile = Profile::from_claims(Some("Nobody"), None);
    let change = ProfileChange::set(user_id, profile, Sample::START);
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

pub async fn an_audit_event_with_an_earlier_id_is_not_missed(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.user.id;
    // The clock of the first instance is two seconds ahead of the second one's.
    let mut seen = Vec::new();
    for seconds in [2, 0, 3, 1] {
        let mut change = user_change(alice, AuditAction::UserTypeChanged);
        let event = &mut change.events[0];
        event.at = after(seconds * 1000);
        let millis = u64::try_from(event.at.as_millis()).unwrap();
        event.id = uuid::Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid();
        let event = event.clone();
        stores.accounts.change_user(change).await.unwrap();
        let last = seen.last().map(|event: &AuditEvent| event.id);
        let new = stores.audit.page_audit(&VisibleApps::All, None, last, 10).await.unwrap();
        assert_eq!(new, vec![event.clone()]);
        let of_user = stores.audit.page_audit(&VisibleApps::All, Some(alice), last, 10).await;
        assert_eq!(of_user, Ok(new));
        seen.push(event);
    }
    assert_eq!(stores.audit.page_audit(&VisibleApps::All, None, None, 10).await, Ok(seen));
}

pub async fn who_follows_the_audit_log_gets_each_event_once(stores: &Stores) {
    const WRITERS: u32 = 8;
    const EVENTS: u32 = 6;
    let users = (0..WRITERS).map(|number| Sample::of(&format!("oPerson{number}")));
    let users = join_all(users.map(async |user| user.sign_in(stores).await.user.id)).await;
    let writers = (1..).zip(users).map(|(number, id)| {
        let stores = stores.clone();
        tokio::spawn(async move {
            for _ in 0..EVENTS {
                let mut change = user_change(id, AuditAction::UserTypeChanged);
                change.events[0].app_id = Some(app_id(1 + number % 2));
                stores.accounts.change_user(change).await.unwrap();
            }
        })
    });
    let writers = writers.collect::<Vec<_>>();
    let follow = async |apps: VisibleApps| {
        let mut seen = Vec::new();
        loop {
            let is_done = writers.iter().all(tokio::task::JoinHandle::is_finished);
            let new = stores.audit.page_audit(&apps, None, seen.last().copied(), 5).await.unwrap();
            if new.is_empty() && is_done {
                break;
            }
            seen.extend(new.iter().map(|event| event.id));
            tokio::task::yield_now().await;
        }
        seen
    };
    let [one, both] = [&[1][..], &[1, 2]]
        .map(|numbers| VisibleApps::Only(numbers.iter().copied().map(app_id).collect()));
    let seen = tokio::join!(follow(VisibleApps::All), follow(both), follow(one));
    for writer in writers {
        writer.await.unwrap();
    }
    for (mut seen, events) in [(seen.0, 48), (seen.1, 48), (seen.2, 24)] {
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!((count, seen.len()), (events, events));
    }
}

pub async fn a_user_is_found_by_identity(stores: &Stores) {
    let login = Sample::of("oAlice").with_union("uAlice");
    let user = login.sign_in(stores).await.user;
    let identity = login.record().identity;
    assert_eq!(stores.accounts.find_by_identity(&identity).await, Ok(Some(user)));
    let elsewhere = Sample::of("oAlice").in_app(2).record().identity;
    assert_eq!(stores.accounts.find_by_identity(&elsewhere).await, Ok(None));
}
