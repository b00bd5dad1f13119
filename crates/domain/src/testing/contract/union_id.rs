//! How unionids connect the identities of one user.

use super::{Sample, sample_union_id};
use crate::ports::Stores;

pub async fn one_unionid_in_two_apps_is_one_user(stores: &Stores) {
    let here = Sample::of("oHere").in_app(1).with_union("uAlice").sign_in(stores).await;
    let there = Sample::of("oThere").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
    assert_eq!(there.user.id, here.user.id);
    assert!(!there.is_new);
    assert_eq!(there.union_conflict, None);
    assert_eq!(there.session.app_id, super::app_id(2));
}

pub async fn a_unionid_named_later_belongs_to_the_user(stores: &Stores) {
    let before = Sample::of("oAlice").sign_in(stores).await;
    let bound = Sample::of("oAlice").with_union("uAlice").at(1).sign_in(stores).await;
    assert_eq!(bound.user.id, before.user.id);
    assert_eq!(bound.union_conflict, None);
    let elsewhere = Sample::of("oOther").in_app(2).with_union("uAlice").sign_in(stores).await;
    assert_eq!(elsewhere.user.id, before.user.id);
}

pub async fn another_users_unionid_named_later_is_a_conflict(stores: &Stores) {
    let alice = Sample::of("oAlice").in_app(1).with_union("uAlice").sign_in(stores).await.user;
    let other = Sample::of("oOther").in_app(2).sign_in(stores).await.user;
    let login = Sample::of("oOther").in_app(2).with_union("uAlice").at(1);
    let signed_in = login.sign_in(stores).await;
    assert_eq!(signed_in.user.id, other.id, "users are not merged silently");
    let conflict = signed_in.union_conflict.unwrap();
    assert_eq!(conflict.identity, login.record().identity);
    assert_eq!(conflict.union_id, sample_union_id("uAlice"));
    assert_eq!((conflict.user_id, conflict.owner), (other.id, Some(alice.id)));

    let again = Sample::of("oOther").in_app(2).with_union("uAlice").at(2).sign_in(stores).await;
    assert_eq!(again.union_conflict, Some(conflict.clone()), "it is reported each time");
    assert_eq!(stores.conflicts.list_conflicts().await, Ok(vec![conflict]), "and stored once");
    let owner = Sample::of("oThird").in_app(3).with_union("uAlice").sign_in(stores).await;
    assert_eq!(owner.user.id, alice.id, "the owner did not change");
}

pub async fn a_changed_unionid_is_a_conflict(stores: &Stores) {
    let alice = Sample::of("oAlice").with_union("uOld").sign_in(stores).await.user;
    let changed = Sample::of("oAlice").with_union("uNew").at(1).sign_in(stores).await;
    assert_eq!(changed.user.id, alice.id);
    let conflict = changed.union_conflict.unwrap();
    assert_eq!((conflict.user_id, conflict.owner), (alice.id, None));
    let unclaimed = Sample::of("oBob").in_app(2).with_union("uNew").sign_in(stores).await;
    assert!(unclaimed.is_new, "the new unionid was not claimed");
    let back = Sample::of("oAlice").with_union("uOld").at(2).sign_in(stores).await;
    assert_eq!(back.union_conflict, None);
}

pub async fn a_login_without_unionid_keeps_the_stored_one(stores: &Stores) {
    let alice = Sample::of("oAlice").with_union("uAlice").sign_in(stores).await.user;
    Sample::of("oAlice").at(1).sign_in(stores).await;
    let elsewhere = Sample::of("oOther").in_app(2).with_union("uAlice").sign_in(stores).await;
    assert_eq!(elsewhere.user.id, alice.id);
}

pub async fn unionids_are_case_sensitive(stores: &Stores) {
    let lower = Sample::of("oOne").in_app(1).with_union("uabc").sign_in(stores).await;
    let upper = Sample::of("oTwo").in_app(2).with_union("uABC").sign_in(stores).await;
    assert_ne!(lower.user.id, upper.user.id);
}
