//! An interrupted import: the user exists completely or not at all.

use wxlogin_domain::model::{AuditAction, LegacyId, Profile, UserStatus, UserType, VisibleApps};
use wxlogin_domain::ports::{ImportOutcome, ImportedUser, Stores};
use wxlogin_domain::testing::contract::Sample;

use crate::harness::{Harness, event, imported, merge, session_key};
use crate::interrupting_proxy::InterruptingProxy;

fn alice() -> ImportedUser {
    let record = Sample::of("oAlice").record();
    ImportedUser {
        legacy_id: LegacyId::parse("5f0000000000000000000001").unwrap(),
        identity: record.identity,
        tombstones: record.tombstones,
        new_user_id: record.new_user_id,
        profile: Profile::from_claims(Some("Alice"), None),
        user_type: UserType(5),
        status: UserStatus::Active,
        session_key: Some(record.session_key),
        created_at: record.now,
        event: event(AuditAction::UserImported, record.new_user_id),
    }
}

/// The user exists as imported, with one audit event.
async fn assert_complete(harness: &Harness, imported: &ImportedUser) {
    let stores = &harness.stores;
    let users = stores.accounts.page_users(&VisibleApps::All, None, 10).await.unwrap();
    assert_eq!(users.len(), 1);
    let user = &users[0];
    assert_eq!(user.legacy_id.as_ref(), Some(&imported.legacy_id));
    assert_eq!(user.nickname, imported.profile.nickname);
    assert_eq!(user.user_type, imported.user_type);
    let key = session_key(stores, &imported.identity).await;
    assert_eq!(key, Ok(imported.session_key.clone()));
    assert_eq!(harness.audit_actions(user.id).await, [AuditAction::UserImported]);
    assert_eq!(stores.audit.page_audit(&VisibleApps::All, None, None, 10).await.unwrap().len(), 1);
    harness.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_import_has_happened_or_not() {
    for writes in 0.. {
        let Some(harness) = Harness::new().await else { return };
        let imported = alice();
        let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
        drop(instance.stores().import.import_user(imported.clone()).await);
        let accounts = &harness.stores.accounts;
        if accounts.page_users(&VisibleApps::All, None, 10).await.unwrap().is_empty() {
            assert!(proxy.is_severed());
            assert_eq!(session_key(&harness.stores, &imported.identity).await, Ok(None));
            assert_eq!(
                harness.stores.audit.page_audit(&VisibleApps::All, None, None, 10).await,
                Ok(vec![])
            );
        } else {
            assert_complete(&harness, &imported).await;
        }
        // The next run creates its own ids.
        let again = ImportedUser { new_user_id: alice().new_user_id, ..imported.clone() };
        let outcome = harness.stores.import.import_user(again).await.unwrap();
        let (ImportOutcome::Made(id) | ImportOutcome::Known(id)) = outcome else {
            panic!("{outcome:?}")
        };
        assert!(accounts.find_user(id).await.unwrap().is_some());
        assert_complete(&harness, &imported).await;
        if !proxy.is_severed() {
            assert!(writes >= 2, "it is more than one step");
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_after_an_interrupted_import_makes_one_user() {
    for writes in 0.. {
        let Some(harness) = Harness::new().await else { return };
        let imported = alice();
        let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
        drop(instance.stores().import.import_user(imported.clone()).await);
        let signed_in =
            Sample::of("oAlice").with_union("uAlice").at(1).sign_in(&harness.stores).await;
        let outcome = harness.stores.import.import_user(imported.clone()).await.unwrap();
        let expected = if signed_in.is_new {
            ImportOutcome::Joined(signed_in.user.id)
        } else {
            ImportOutcome::Known(signed_in.user.id)
        };
        assert_eq!(outcome, expected);
        let user = harness.stores.accounts.find_user(signed_in.user.id).await.unwrap().unwrap();
        assert_eq!(user.legacy_id, Some(imported.legacy_id));
        assert_eq!(harness.audit_actions(user.id).await, [AuditAction::UserImported]);
        harness.assert_consistent().await;
        if !proxy.is_severed() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_import_of_a_known_user_has_happened_or_not() {
    for writes in 0.. {
        let Some(harness) = Harness::new().await else { return };
        let here = Sample::of("oAlice").sign_in(&harness.stores).await.user;
        let imported = alice();
        let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
        drop(instance.stores().import.import_user(imported.clone()).await);
        let user = harness.stores.accounts.find_user(here.id).await.unwrap().unwrap();
        let events = harness.audit_actions(here.id).await.len();
        assert_eq!(user.legacy_id.is_some(), events == 1);
        assert_eq!(user.nickname.is_some(), events == 1);
        harness.stores.import.import_user(imported).await.unwrap();
        assert_eq!(harness.audit_actions(here.id).await, [AuditAction::UserImported]);
        if !proxy.is_severed() {
            break;
        }
    }
}

async fn import(stores: &Stores, person: &str, legacy_id: &str) -> ImportOutcome {
    stores.import.import_user(imported(person, legacy_id)).await.unwrap()
}

/// The winner has a legacy id, so the loser's is kept separately.
#[tokio::test(flavor = "multi_thread")]
async fn a_legacy_id_stays_known_after_an_interrupted_merge() {
    for writes in 0.. {
        let Some(harness) = Harness::new().await else { return };
        let stores = &harness.stores;
        let made = [import(stores, "oOne", "old-1").await, import(stores, "oTwo", "old-2").await];
        let [ImportOutcome::Made(winner), ImportOutcome::Made(loser)] = made else {
            panic!("{made:?}")
        };
        let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
        drop(merge(&instance.stores(), winner, loser, None).await);
        assert_eq!(import(stores, "oBob", "old-2").await, ImportOutcome::Taken, "write {writes}");
        let meant = if writes == 0 { loser } else { winner };
        for (person, legacy_id, meant) in [("oTwo", "old-2", meant), ("oOne", "old-1", winner)] {
            let known = import(stores, person, legacy_id).await;
            assert_eq!(known, ImportOutcome::Known(meant), "write {writes}");
        }
        if !proxy.is_severed() {
            break;
        }
    }
}
