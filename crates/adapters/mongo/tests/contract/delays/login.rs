//! Slow logins and imports.

use wxlogin_domain::model::{
    AuditAction, LegacyId, Profile, UserId, UserStatus, UserType, VisibleApps,
};
use wxlogin_domain::ports::{ImportOutcome, ImportedUser, LoginOutcome, Stores};
use wxlogin_domain::testing::contract::Sample;

use super::{hold, is_erased, signs_in_and_is_erased};
use crate::harness::{Harness, event};

async fn log_in(login: Sample, stores: Stores) -> LoginOutcome {
    login.outcome(&stores).await
}

/// Signs in once for each write of the login. Before that write `meanwhile` runs, which returns the
/// user that it has erased. Afterwards everything is consistent.
async fn erased_meanwhile(
    before: impl AsyncFn(&Stores),
    login: impl Fn() -> Sample,
    meanwhile: impl AsyncFn(&Stores) -> UserId,
    is_banned: bool,
    at_least: usize,
) {
    for writes in 0.. {
        let Some(harness) = Harness::new().await else { return };
        before(&harness.stores).await;
        let slow = login();
        let record = slow.record();
        let held = hold(&harness, writes, |stores| log_in(slow, stores)).await;
        let Some((proxy, task)) = held else {
            assert!(writes >= at_least, "it has only {writes} writes");
            return;
        };
        let erased = meanwhile(&harness.stores).await;
        proxy.release();
        let outcome = task.await.unwrap();
        match &outcome {
            LoginOutcome::SignedIn { user, session, .. } => {
                let found = harness.stores.sessions.find_session(session.id).await.unwrap();
                let stays = harness.stores.accounts.find_user(user.id).await.unwrap().is_some();
                assert_eq!(found.is_some(), stays, "write {writes}");
                assert!(!stays || !is_banned, "write {writes}: the ban has been lost");
                // Only the login that was about to create this user may use the id.
                assert!(!stays || user.id != erased || user.id == record.new_user_id);
                if user.id != erased {
                    harness.assert_no_trace(erased).await;
                }
            }
            LoginOutcome::Disabled => assert!(is_banned, "write {writes}"),
            other => panic!("write {writes}: {other:?}"),
        }
        harness.assert_consistent().await;
        // Whatever the outcome was, the person can sign in again.
        for n in 0..2 {
            let again = login().outcome(&harness.stores).await;
            let is_refused = again == LoginOutcome::Disabled;
            assert_eq!(is_refused, is_banned, "write {writes}, login {n}: {again:?}");
        }
        harness.assert_consistent().await;
    }
}

async fn id_of(stores: &Stores) -> UserId {
    stores.accounts.page_users(&VisibleApps::All, None, 1).await.unwrap()[0].id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_login_while_the_same_person_signs_in_and_is_erased() {
    for is_banned in [false, true] {
        erased_meanwhile(
            async |_| {},
            || Sample::of("oAlice").with_union("uAlice").at(5000),
            async |stores| {
                let login = Sample::of("oAlice").with_union("uAlice").at(1);
                signs_in_and_is_erased(stores, login, is_banned).await
            },
            is_banned,
            3,
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_login_in_another_app_while_the_person_is_erased() {
    for is_banned in [false, true] {
        erased_meanwhile(
            async |stores| drop(Sample::of("oAlice").with_union("uAlice").sign_in(stores).await),
            || Sample::of("oAlice2").in_app(2).with_union("uAlice").at(5000),
            async |stores| {
                let user = id_of(stores).await;
                is_erased(stores, user, is_banned).await;
                user
            },
            is_banned,
            2,
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_with_a_late_unionid_while_the_person_is_erased() {
    for is_banned in [false, true] {
        erased_meanwhile(
            async |stores| drop(Sample::of("oAlice").sign_in(stores).await),
            || Sample::of("oAlice").with_union("uAlice").at(5000),
            async |stores| {
                let user = id_of(stores).await;
                is_erased(stores, user, is_banned).await;
                user
            },
            is_banned,
            4,
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_conflict_names_an_erased_user() {
    erased_meanwhile(
        async |stores| drop(Sample::of("oAlice").with_union("uAlice").sign_in(stores).await),
        || Sample::of("oAlice").with_union("uAliceToo").at(5000),
        async |stores| {
            let user = id_of(stores).await;
            is_erased(stores, user, false).await;
            user
        },
        false,
        3,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_conflict_names_an_erased_owner() {
    erased_meanwhile(
        async |stores| {
            Sample::of("oAlice").with_union("uAlice").sign_in(stores).await;
            Sample::of("oBob").sign_in(stores).await;
        },
        || Sample::of("oBob").with_union("uAlice").at(5000),
        async |stores| {
            let user = id_of(stores).await;
            is_erased(stores, user, false).await;
            user
        },
        false,
        3,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_while_the_person_signs_in_and_is_erased() {
    for writes in 0.. {
        let Some(harness) = Harness::new().await else { return };
        let record = Sample::of("oAlice").record();
        let imported = ImportedUser {
            legacy_id: LegacyId::parse("old-1").unwrap(),
            identity: record.identity,
            tombstones: record.tombstones,
            new_user_id: record.new_user_id,
            profile: Profile::default(),
            user_type: UserType::default(),
            status: UserStatus::Active,
            session_key: Some(record.session_key),
            created_at: record.now,
            event: event(AuditAction::UserImported, record.new_user_id),
        };
        let again = imported.clone();
        let held = hold(&harness, writes, |stores| async move {
            stores.import.import_user(imported).await.unwrap()
        });
        let Some((proxy, task)) = held.await else {
            assert!(writes >= 4);
            return;
        };
        let erased =
            signs_in_and_is_erased(&harness.stores, Sample::of("oAlice").at(1), false).await;
        proxy.release();
        let outcome = task.await.unwrap();
        let ImportOutcome::Made(id) = outcome else { panic!("write {writes}: {outcome:?}") };
        let stays = harness.stores.accounts.find_user(id).await.unwrap().is_some();
        // Once the user exists, that user is erased.
        assert_eq!(stays, writes < 2, "write {writes}");
        assert!(!stays || id != erased || id == again.new_user_id);
        harness.assert_consistent().await;
        harness.stores.import.import_user(again).await.unwrap();
        assert_eq!(
            harness.stores.accounts.page_users(&VisibleApps::All, None, 10).await.unwrap().len(),
            1
        );
        harness.assert_consistent().await;
    }
}
