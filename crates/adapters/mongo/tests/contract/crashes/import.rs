//! An import that broke off: the user is there as a whole, or not at all.

use wxlogin_domain::model::{AuditAction, LegacyId, Profile, UserStatus, UserType};
use wxlogin_domain::ports::{ImportOutcome, ImportedUser, Stores};
use wxlogin_domain::testing::contract::Sample;

use crate::house::{House, event, imported, merge, session_key};
use crate::stepping::Way;

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

/// The user as the import makes them, and what is told of it once.
async fn assert_complete(house: &House, imported: &ImportedUser) {
    let stores = &house.stores;
    let users = stores.accounts.page_users(None, 10).await.unwrap();
    assert_eq!(users.len(), 1);
    let user = &users[0];
    assert_eq!(user.legacy_id.as_ref(), Some(&imported.legacy_id));
    assert_eq!(user.nickname, imported.profile.nickname);
    assert_eq!(user.user_type, imported.user_type);
    let key = session_key(stores, &imported.identity).await;
    assert_eq!(key, Ok(imported.session_key.clone()));
    assert_eq!(house.told(user.id).await, [AuditAction::UserImported]);
    assert_eq!(stores.audit.page_audit(None, None, 10).await.unwrap().len(), 1);
    house.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_broke_off_is_nothing_or_everything() {
    for writes in 0.. {
        let Some(house) = House::new().await else { return };
        let imported = alice();
        let (way, instance) = Way::severed_after(writes, &house.scratch).await;
        drop(instance.stores().import.import_user(imported.clone()).await);
        let accounts = &house.stores.accounts;
        if accounts.page_users(None, 10).await.unwrap().is_empty() {
            assert!(way.is_severed());
            assert_eq!(session_key(&house.stores, &imported.identity).await, Ok(None));
            assert_eq!(house.stores.audit.page_audit(None, None, 10).await, Ok(vec![]));
        } else {
            assert_complete(&house, &imported).await;
        }
        // The next run makes ids of its own.
        let again = ImportedUser { new_user_id: alice().new_user_id, ..imported.clone() };
        let outcome = house.stores.import.import_user(again).await.unwrap();
        let (ImportOutcome::Made(id) | ImportOutcome::Known(id)) = outcome else {
            panic!("{outcome:?}")
        };
        assert!(accounts.find_user(id).await.unwrap().is_some());
        assert_complete(&house, &imported).await;
        if !way.is_severed() {
            assert!(writes >= 2, "it is more than one step");
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_and_an_import_that_broke_off_meet_in_one_user() {
    for writes in 0.. {
        let Some(house) = House::new().await else { return };
        let imported = alice();
        let (way, instance) = Way::severed_after(writes, &house.scratch).await;
        drop(instance.stores().import.import_user(imported.clone()).await);
        let signed_in =
            Sample::of("oAlice").with_union("uAlice").at(1).sign_in(&house.stores).await;
        let outcome = house.stores.import.import_user(imported.clone()).await.unwrap();
        let expected = if signed_in.is_new {
            ImportOutcome::Joined(signed_in.user.id)
        } else {
            ImportOutcome::Known(signed_in.user.id)
        };
        assert_eq!(outcome, expected);
        let user = house.stores.accounts.find_user(signed_in.user.id).await.unwrap().unwrap();
        assert_eq!(user.legacy_id, Some(imported.legacy_id));
        assert_eq!(house.told(user.id).await, [AuditAction::UserImported]);
        house.assert_whole().await;
        if !way.is_severed() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_that_broke_off_is_nothing_or_everything() {
    for writes in 0.. {
        let Some(house) = House::new().await else { return };
        let here = Sample::of("oAlice").sign_in(&house.stores).await.user;
        let imported = alice();
        let (way, instance) = Way::severed_after(writes, &house.scratch).await;
        drop(instance.stores().import.import_user(imported.clone()).await);
        let user = house.stores.accounts.find_user(here.id).await.unwrap().unwrap();
        let told = house.told(here.id).await.len();
        assert_eq!(user.legacy_id.is_some(), told == 1);
        assert_eq!(user.nickname.is_some(), told == 1);
        house.stores.import.import_user(imported).await.unwrap();
        assert_eq!(house.told(here.id).await, [AuditAction::UserImported]);
        if !way.is_severed() {
            break;
        }
    }
}

async fn import(stores: &Stores, person: &str, legacy_id: &str) -> ImportOutcome {
    stores.import.import_user(imported(person, legacy_id)).await.unwrap()
}

/// The winner has an old id, so the loser's has to go another way.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_id_stays_known_when_a_merge_broke_off() {
    for writes in 0.. {
        let Some(house) = House::new().await else { return };
        let stores = &house.stores;
        let made = [import(stores, "oOne", "old-1").await, import(stores, "oTwo", "old-2").await];
        let [ImportOutcome::Made(winner), ImportOutcome::Made(loser)] = made else {
            panic!("{made:?}")
        };
        let (way, instance) = Way::severed_after(writes, &house.scratch).await;
        drop(merge(&instance.stores(), winner, loser, None).await);
        assert_eq!(import(stores, "oBob", "old-2").await, ImportOutcome::Taken, "write {writes}");
        let meant = if writes == 0 { loser } else { winner };
        for (person, legacy_id, meant) in [("oTwo", "old-2", meant), ("oOne", "old-1", winner)] {
            let known = import(stores, person, legacy_id).await;
            assert_eq!(known, ImportOutcome::Known(meant), "write {writes}");
        }
        if !way.is_severed() {
            break;
        }
    }
}
