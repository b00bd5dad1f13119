//! What WeChat's push messages make happen, and session keys.

use std::time::Duration;

use futures_util::future::join_all;

use super::refresh::{revoked_sessions, rotate};
use super::sample::sealed_session_key;
use super::{Sample, session_key, status};
use crate::model::{AuditAction, IdentityKey, Timestamp, UserId, UserStatus};
use crate::ports::{IdentityErasure, KeyedTag, LoginOutcome, RotationOutcome, Stores};

fn after(millis: u64) -> Timestamp {
    Sample::START.plus(Duration::from_millis(millis))
}

pub(super) async fn erase(stores: &Stores, identity: &IdentityKey) -> Option<UserId> {
    // Whose it was is filled in by the store.
    let nobody = Sample::of("oNobody").record().new_user_id;
    let event = status::event(AuditAction::IdentityErased, nobody, after(9));
    let tokens_until = Sample::TOKENS_UNTIL;
    let erasure = IdentityErasure { identity: identity.clone(), tokens_until, event };
    stores.accounts.erase_identity(erasure).await.unwrap()
}

pub async fn an_identity_leads_to_its_user(stores: &Stores) {
    let login = Sample::of("oAlice").with_union("uAlice");
    let user = login.sign_in(stores).await.user;
    let identity = login.record().identity;
    assert_eq!(stores.accounts.find_by_identity(&identity).await, Ok(Some(user)));
    let elsewhere = Sample::of("oAlice").in_app(2).record().identity;
    assert_eq!(stores.accounts.find_by_identity(&elsewhere).await, Ok(None));
}

pub async fn a_replaced_session_key_can_still_be_tried(stores: &Stores) {
    let first = Sample::of("oAlice");
    first.sign_in(stores).await;
    let identity = first.record().identity;
    let keys = stores.accounts.session_keys(&identity).await.unwrap().unwrap();
    assert_eq!((keys.current, keys.previous), (first.record().session_key, None));
    let second = Sample::of("oAlice").at(5);
    second.sign_in(stores).await;
    let expected = Some((first.record().session_key.sealed, Sample::TOKENS_UNTIL));
    let keys = stores.accounts.session_keys(&identity).await.unwrap().unwrap();
    assert_eq!((keys.current, &keys.previous), (second.record().session_key, &expected));
    // The same key sealed again is no other key.
    let mut same = Sample::of("oAlice").at(6).record();
    same.session_key.tag = second.record().session_key.tag;
    stores.accounts.record_login(same.clone()).await.unwrap();
    let keys = stores.accounts.session_keys(&identity).await.unwrap().unwrap();
    assert_eq!((keys.current, keys.previous), (same.session_key, expected.clone()));
    // Nor does a late login bring an old one back.
    Sample::of("oAlice").at(1).sign_in(stores).await;
    let keys = stores.accounts.session_keys(&identity).await.unwrap().unwrap();
    assert_eq!(keys.previous, expected);
}

pub async fn a_reset_session_key_replaces_all(stores: &Stores) {
    Sample::of("oAlice").sign_in(stores).await;
    let login = Sample::of("oAlice").at(5);
    login.sign_in(stores).await;
    let identity = login.record().identity;
    let (old, new) = (login.record().session_key, sealed_session_key("a new one"));
    let replace = async |replaces| {
        stores.accounts.replace_session_key(&identity, replaces, new.clone(), after(9)).await
    };
    assert_eq!(replace(new.tag).await, Ok(false), "that is not the one");
    assert_eq!(session_key(stores, &identity).await, Ok(Some(old.clone())));
    assert_eq!(replace(old.tag).await, Ok(true));
    let keys = stores.accounts.session_keys(&identity).await.unwrap().unwrap();
    assert_eq!((keys.current, keys.previous), (new.clone(), None));
    let nobody = Sample::of("oNobody").record().identity;
    let missing = stores.accounts.replace_session_key(&nobody, old.tag, new.clone(), after(9));
    assert_eq!(missing.await, Ok(false));
}

pub async fn an_identity_goes_and_the_user_stays(stores: &Stores) {
    let here = Sample::of("oAlice").named("Alice").with_union("uAlice");
    let there = Sample::of("oOther").in_app(2).with_union("uAlice").at(1);
    let gone = here.sign_in(stores).await;
    let kept = there.sign_in(stores).await;
    let identity = here.record().identity;
    assert_eq!(erase(stores, &identity).await, Some(gone.user.id));
    let left = stores.accounts.identities(gone.user.id).await.unwrap();
    assert_eq!(left.iter().map(|own| &own.key).collect::<Vec<_>>(), [&there.record().identity]);
    assert_eq!(session_key(stores, &identity).await, Ok(None));
    assert_eq!(rotate(stores, gone.session.id, 1, 10).await, RotationOutcome::Gone);
    assert_eq!(revoked_sessions(stores).await, vec![gone.session.id]);
    let rotated = rotate(stores, kept.session.id, 1, 10).await;
    assert!(matches!(rotated, RotationOutcome::Rotated { .. }));
    let audit = stores.audit.page_audit(Some(gone.user.id), None, 10).await.unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(erase(stores, &identity).await, None, "it is no more");
    // The unionid still says who that was.
    assert_eq!(here.at(20).sign_in(stores).await.user.id, gone.user.id);
}

pub async fn the_last_identity_takes_the_user_with_it(stores: &Stores) {
    let login = Sample::of("oAlice").with_union("uAlice");
    let signed_in = login.sign_in(stores).await;
    status::set(stores, signed_in.user.id, UserStatus::Disabled).await;
    assert_eq!(erase(stores, &login.record().identity).await, Some(signed_in.user.id));
    assert_eq!(stores.accounts.find_user(signed_in.user.id).await, Ok(None));
    assert_eq!(stores.sessions.list_sessions(signed_in.user.id).await, Ok(vec![]));
    assert_eq!(login.at(2000).outcome(stores).await, LoginOutcome::Disabled, "the ban stays");
}

pub async fn a_message_is_remembered_however_often_it_came(stores: &Stores) {
    let (message, other) = (KeyedTag([1; 32]), KeyedTag([2; 32]));
    assert_eq!(stores.pushes.is_remembered(message).await, Ok(false));
    let tasks = (0..16).map(|_| {
        let pushes = stores.pushes.clone();
        tokio::spawn(async move { pushes.remember(message, after(0)).await })
    });
    for remembered in join_all(tasks).await {
        assert_eq!(remembered.unwrap(), Ok(()));
    }
    assert_eq!(stores.pushes.is_remembered(message).await, Ok(true));
    assert_eq!(stores.pushes.is_remembered(other).await, Ok(false));
    assert_eq!(stores.pushes.remember(other, after(5)).await, Ok(()));
    assert_eq!(stores.pushes.remember(message, after(6)).await, Ok(()));
    assert_eq!(stores.pushes.purge_pushes(after(5), 10).await, Ok(1));
    assert_eq!(stores.pushes.is_remembered(message).await, Ok(false));
    assert_eq!(stores.pushes.is_remembered(other).await, Ok(true));
}
