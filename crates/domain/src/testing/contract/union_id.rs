//! How unionids connect the identities of one user.

use super::actions::{
    after, audit_event, erase_user, is_merged, merge, open_conflicts, set_status,
};
use super::{Sample, sample_union_id};
use crate::account::ConflictKey;
use crate::model::{AuditAction, UnionConflict, UserId, UserStatus, VisibleApps};
use crate::ports::{AcceptanceOutcome, ErasureStep, Stores, UnionIdAcceptance};

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
    assert_eq!(open_conflicts(stores).await, Ok(vec![conflict]), "and stored once");
    let owner = Sample::of("oThird").in_app(3).with_union("uAlice").sign_in(stores).await;
    assert_eq!(owner.user.id, alice.id, "the owner did not change");
}

/// An app was moved to another Open Platform account: every openid stays, every unionid changes.
pub async fn a_changed_unionid_that_nobody_owns_is_adopted(stores: &Stores) {
    let here = Sample::of("oHere").with_union("uOld").sign_in(stores).await.user.id;
    Sample::of("oThere").in_app(2).with_union("uOld").at(1).sign_in(stores).await;
    for at in [2, 3] {
        let changed = Sample::of("oHere").with_union("uNew").at(at).sign_in(stores).await;
        assert_eq!((changed.user.id, changed.union_conflict), (here, None));
    }
    let events = stores.audit.page_audit(&VisibleApps::All, Some(here), None, 10).await.unwrap();
    assert_eq!(events.len(), 1, "it is audited once");
    assert_eq!(events[0].action, AuditAction::UnionIdChanged);
    assert_eq!(events[0].app_id, Some(super::app_id(1)));
    let identities = stores.accounts.identities(here).await.unwrap();
    let union_ids = identities.into_iter().map(|identity| identity.union_id.unwrap());
    assert_eq!(union_ids.collect::<Vec<_>>(), ["uNew", "uOld"].map(sample_union_id));
    for (app, union) in [(2, "uNew"), (3, "uNew"), (4, "uOld")] {
        let elsewhere = Sample::of("oThere").in_app(app).with_union(union).at(4);
        let signed_in = elsewhere.sign_in(stores).await;
        assert_eq!((signed_in.user.id, signed_in.union_conflict), (here, None));
    }
    assert_eq!(open_conflicts(stores).await, Ok(vec![]));
}

pub async fn a_changed_unionid_of_another_user_is_a_conflict(stores: &Stores) {
    let alice = Sample::of("oAlice").with_union("uOld").sign_in(stores).await.user.id;
    let other = Sample::of("oOther").in_app(2).with_union("uNew").at(1).sign_in(stores).await;
    let changed = Sample::of("oAlice").with_union("uNew").at(2).sign_in(stores).await;
    assert_eq!(changed.user.id, alice);
    let conflict = changed.union_conflict.unwrap();
    assert_eq!((conflict.user_id, conflict.owner), (alice, Some(other.user.id)));
    let identities = stores.accounts.identities(alice).await.unwrap();
    assert_eq!(identities[0].union_id, Some(sample_union_id("uOld")));
}

/// Accepts the unionid of a conflict as an operator does, after four seconds.
async fn accept(stores: &Stores, conflict: &UnionConflict, apps: VisibleApps) -> AcceptanceOutcome {
    let record = Sample::of("oAny").with_union(conflict.union_id.as_str()).record();
    let event = audit_event(AuditAction::UnionIdChanged, conflict.user_id, after(4000));
    let acceptance = UnionIdAcceptance {
        conflict: ConflictKey::of(conflict),
        apps,
        tombstone: record.tombstones.union_id.unwrap(),
        event,
    };
    let first = stores.conflicts.accept_union_id(acceptance.clone()).await.unwrap();
    let again = stores.conflicts.accept_union_id(acceptance).await.unwrap();
    assert_eq!(again, first, "given again, it comes to the same");
    first
}

pub async fn an_accepted_unionid_belongs_to_the_user(stores: &Stores) {
    let banned = Sample::of("oBanned").with_union("uAlice").sign_in(stores).await.user.id;
    set_status(stores, banned, UserStatus::Disabled).await;
    erase_user(stores, banned, ErasureStep::Complete, 2000).await;
    let alice = Sample::of("oAlice").in_app(2).at(3000).sign_in(stores).await.user.id;
    let named = |at| Sample::of("oAlice").in_app(2).with_union("uAlice").at(at);
    let conflict = named(3001).sign_in(stores).await.union_conflict.unwrap();
    assert_eq!(stores.conflicts.find_conflict(conflict.id).await, Ok(Some(conflict.clone())));
    let elsewhere = VisibleApps::Only([super::app_id(1)].into());
    assert_eq!(accept(stores, &conflict, elsewhere).await, AcceptanceOutcome::NotFound);
    let accepted = accept(stores, &conflict, VisibleApps::All).await;
    assert_eq!(accepted, AcceptanceOutcome::Accepted(alice));
    assert_eq!(open_conflicts(stores).await, Ok(vec![]));
    assert_eq!(stores.conflicts.find_conflict(conflict.id).await, Ok(None));
    let identities = stores.accounts.identities(alice).await.unwrap();
    assert_eq!(identities[0].union_id, Some(sample_union_id("uAlice")));
    assert_eq!(named(5000).sign_in(stores).await.union_conflict, None);
    let new = Sample::of("oNew").in_app(3).with_union("uAlice").at(5001).sign_in(stores).await;
    assert_eq!(new.user.id, alice);
    let events = stores.audit.page_audit(&VisibleApps::All, Some(alice), None, 10).await.unwrap();
    assert_eq!(events.len(), 1);
}

pub async fn another_users_unionid_cannot_be_accepted(stores: &Stores) {
    let owner = Sample::of("oOwner").with_union("uAlice").sign_in(stores).await.user.id;
    Sample::of("oOther").in_app(2).sign_in(stores).await;
    let named = Sample::of("oOther").in_app(2).with_union("uAlice").at(1);
    let conflict = named.sign_in(stores).await.union_conflict.unwrap();
    assert_eq!(accept(stores, &conflict, VisibleApps::All).await, AcceptanceOutcome::Taken);
    assert_eq!(open_conflicts(stores).await, Ok(vec![conflict]));
    let elsewhere = Sample::of("oThird").in_app(3).with_union("uAlice").at(2).sign_in(stores).await;
    assert_eq!(elsewhere.user.id, owner);
}

/// Conflicts of several users about unionids of one.
pub async fn conflicts_are_listed_in_pages(stores: &Stores) {
    let owner = Sample::of("oOwner").with_union("uOwner").sign_in(stores).await.user.id;
    let mut conflicts = Vec::new();
    for (number, app) in [2, 3, 2, 3, 4].into_iter().enumerate() {
        let person = format!("oPerson{number}");
        Sample::of(&person).in_app(app).sign_in(stores).await;
        let named = Sample::of(&person).in_app(app).with_union("uOwner").at(1);
        conflicts.push(named.sign_in(stores).await.union_conflict.unwrap());
    }
    let page = async |apps: &[u32], of: Option<UserId>, limit| {
        let apps = match apps {
            [] => VisibleApps::All,
            apps => VisibleApps::Only(apps.iter().map(|app| super::app_id(*app)).collect()),
        };
        let mut listed = Vec::new();
        loop {
            let after = listed.last().map(|conflict: &UnionConflict| conflict.id);
            let page = stores.conflicts.page_conflicts(&apps, of, after, limit).await.unwrap();
            let is_last = page.len() < usize::try_from(limit).unwrap();
            listed.extend(page);
            if is_last {
                return listed;
            }
        }
    };
    let these = |numbers: &[usize]| {
        numbers.iter().map(|number| conflicts[*number].clone()).collect::<Vec<_>>()
    };
    assert_eq!(page(&[], None, 2).await, conflicts);
    assert_eq!(page(&[2], None, 1).await, these(&[0, 2]));
    assert_eq!(page(&[3, 4], None, 2).await, these(&[1, 3, 4]));
    assert_eq!(page(&[], Some(conflicts[1].user_id), 10).await, these(&[1]));
    assert_eq!(page(&[], Some(owner), 2).await, conflicts, "the owner is named, too");
    assert_eq!(page(&[2], Some(owner), 10).await, these(&[0, 2]));
    let between = async |one, other| {
        stores.conflicts.conflicts_between(&VisibleApps::All, [one, other]).await.unwrap()
    };
    assert_eq!(between(owner, conflicts[1].user_id).await, these(&[1]));
    assert_eq!(between(conflicts[1].user_id, owner).await, these(&[1]));
    assert_eq!(between(conflicts[0].user_id, conflicts[1].user_id).await, vec![]);
    assert!(is_merged(&merge(stores, owner, conflicts[1].user_id).await));
    assert_eq!(page(&[], None, 2).await, these(&[0, 2, 3, 4]));
    assert_eq!(between(owner, conflicts[2].user_id).await, these(&[2]));
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
