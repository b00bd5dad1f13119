//! Logins and imports that are slow.

use wxlogin_domain::model::{AuditAction, LegacyId, Profile, UserId, UserStatus, UserType};
use wxlogin_domain::ports::{ImportOutcome, ImportedUser, LoginOutcome, Stores};
use wxlogin_domain::testing::contract::Sample;

use super::{comes_and_goes, goes, hold};
use crate::house::{House, event};

async fn log_in(login: Sample, stores: Stores) -> LoginOutcome {
    login.outcome(&stores).await
}

/// Signs in with the login, and again until it has come to every one of its writes; before each of
/// them `meanwhile` happens, and gives the user it has erased. Everybody is whole afterwards.
async fn erased_meanwhile(
    before: impl AsyncFn(&Stores),
    login: impl Fn() -> Sample,
    meanwhile: impl AsyncFn(&Stores) -> UserId,
    is_banned: bool,
    at_least: usize,
) {
    for writes in 0.. {
        let Some(house) = House::new().await else { return };
        before(&house.stores).await;
        let slow = login();
        let record = slow.record();
        let held = hold(&house, writes, |stores| log_in(slow, stores)).await;
        let Some((way, task)) = held else {
            assert!(writes >= at_least, "it has only {writes} writes");
            return;
        };
        let erased = meanwhile(&house.stores).await;
        way.release();
        let outcome = task.await.unwrap();
        match &outcome {
            LoginOutcome::SignedIn { user, session, .. } => {
                let found = house.stores.sessions.find_session(session.id).await.unwrap();
                let stays = house.stores.accounts.find_user(user.id).await.unwrap().is_some();
                assert_eq!(found.is_some(), stays, "write {writes}");
                assert!(!stays || !is_banned, "write {writes}: the ban has been lost");
                // Only who was about to become the user may have the id once more.
                assert!(!stays || user.id != erased || user.id == record.new_user_id);
                if user.id != erased {
                    house.assert_no_trace(erased).await;
                }
            }
            LoginOutcome::Disabled => assert!(is_banned, "write {writes}"),
            other => panic!("write {writes}: {other:?}"),
        }
        house.assert_whole().await;
        // Whatever became of it: the person can go on.
        for n in 0..2 {
            let again = login().outcome(&house.stores).await;
            let is_shut_out = again == LoginOutcome::Disabled;
            assert_eq!(is_shut_out, is_banned, "write {writes}, login {n}: {again:?}");
        }
        house.assert_whole().await;
    }
}

async fn id_of(stores: &Stores) -> UserId {
    stores.accounts.page_users(None, 1).await.unwrap()[0].id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_login_while_the_same_person_comes_and_goes() {
    for is_banned in [false, true] {
        erased_meanwhile(
            async |_| {},
            || Sample::of("oAlice").with_union("uAlice").at(5000),
            async |stores| {
                let login = Sample::of("oAlice").with_union("uAlice").at(1);
                comes_and_goes(stores, login, is_banned).await
            },
            is_banned,
            3,
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_login_in_another_app_while_the_person_goes() {
    for is_banned in [false, true] {
        erased_meanwhile(
            async |stores| drop(Sample::of("oAlice").with_union("uAlice").sign_in(stores).await),
            || Sample::of("oAlice2").in_app(2).with_union("uAlice").at(5000),
            async |stores| {
                let user = id_of(stores).await;
                goes(stores, user, is_banned).await;
                user
            },
            is_banned,
            2,
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_with_a_late_unionid_while_the_person_goes() {
    for is_banned in [false, true] {
        erased_meanwhile(
            async |stores| drop(Sample::of("oAlice").sign_in(stores).await),
            || Sample::of("oAlice").with_union("uAlice").at(5000),
            async |stores| {
                let user = id_of(stores).await;
                goes(stores, user, is_banned).await;
                user
            },
            is_banned,
            4,
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_not_told_of_somebody_who_went() {
    erased_meanwhile(
        async |stores| drop(Sample::of("oAlice").with_union("uAlice").sign_in(stores).await),
        || Sample::of("oAlice").with_union("uAliceToo").at(5000),
        async |stores| {
            let user = id_of(stores).await;
            goes(stores, user, false).await;
            user
        },
        false,
        3,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_not_told_of_an_owner_who_went() {
    erased_meanwhile(
        async |stores| {
            Sample::of("oAlice").with_union("uAlice").sign_in(stores).await;
            Sample::of("oBob").sign_in(stores).await;
        },
        || Sample::of("oBob").with_union("uAlice").at(5000),
        async |stores| {
            let user = id_of(stores).await;
            goes(stores, user, false).await;
            user
        },
        false,
        3,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_while_the_person_comes_and_goes() {
    for writes in 0.. {
        let Some(house) = House::new().await else { return };
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
        let held = hold(&house, writes, |stores| async move {
            stores.import.import_user(imported).await.unwrap()
        });
        let Some((way, task)) = held.await else {
            assert!(writes >= 4);
            return;
        };
        let erased = comes_and_goes(&house.stores, Sample::of("oAlice").at(1), false).await;
        way.release();
        let outcome = task.await.unwrap();
        let ImportOutcome::Made(id) = outcome else { panic!("write {writes}: {outcome:?}") };
        let stays = house.stores.accounts.find_user(id).await.unwrap().is_some();
        // Once the user is made, it is they who went.
        assert_eq!(stays, writes < 2, "write {writes}");
        assert!(!stays || id != erased || id == again.new_user_id);
        house.assert_whole().await;
        house.stores.import.import_user(again).await.unwrap();
        assert_eq!(house.stores.accounts.page_users(None, 10).await.unwrap().len(), 1);
        house.assert_whole().await;
    }
}
