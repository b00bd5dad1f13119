//! A step that is slow: it stops before each of its writes in turn, others do what they like, and
//! then it goes on.

use tokio::task::JoinHandle;
use wxlogin_domain::model::{AuditAction, LegacyId, Profile, UserId, UserStatus, UserType};
use wxlogin_domain::ports::{ErasureStep, ImportOutcome, ImportedUser, LoginOutcome, Stores};
use wxlogin_domain::testing::contract::Sample;
use wxlogin_mongo::Database;

use crate::house::{House, erase, erase_identity, event, set_status};
use crate::stepping::Way;

/// Begins a step, and comes back when it waits before the write of this number; none when it came
/// to its end before.
async fn hold<T, F>(
    house: &House,
    writes: usize,
    step: impl FnOnce(Stores) -> F,
) -> Option<(Way, JoinHandle<T>)>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    begin(Way::held_after(writes, &house.scratch).await, step).await
}

/// Begins a step on an instance, and comes back when it waits; none when it came to its end before.
async fn begin<T, F>(
    (way, instance): (Way, Database),
    step: impl FnOnce(Stores) -> F,
) -> Option<(Way, JoinHandle<T>)>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut task = tokio::spawn(step(instance.stores()));
    tokio::select! {
        () = way.holds() => Some((way, task)),
        done = &mut task => {
            done.unwrap();
            None
        }
    }
}

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

/// The person signs in elsewhere, and their account goes.
async fn comes_and_goes(stores: &Stores, login: Sample, is_banned: bool) -> UserId {
    let user = login.sign_in(stores).await.user.id;
    goes(stores, user, is_banned).await;
    user
}

async fn goes(stores: &Stores, user: UserId, is_banned: bool) {
    if is_banned {
        set_status(stores, user, UserStatus::Disabled).await.unwrap();
    }
    assert_eq!(erase(stores, user, ErasureStep::Complete).await, Ok(true));
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

/// Somebody else has come to the mark first, and done everything.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_erasure_finds_everything_done() {
    for is_banned in [false, true] {
        for writes in 1.. {
            let Some(house) = House::new().await else { return };
            let user =
                Sample::of("oAlice").with_union("uAlice").sign_in(&house.stores).await.user.id;
            if is_banned {
                set_status(&house.stores, user, UserStatus::Disabled).await.unwrap();
            }
            let held = hold(&house, writes, |stores| async move {
                erase(&stores, user, ErasureStep::Complete).await
            });
            let Some((way, task)) = held.await else {
                assert!(writes > 5);
                break;
            };
            // Sees it as finished, and finishes it.
            let login = Sample::of("oAlice").with_union("uAlice").at(2000);
            let is_shut_out = login.outcome(&house.stores).await == LoginOutcome::Disabled;
            assert_eq!(is_shut_out, is_banned, "write {writes}");
            way.release();
            assert_eq!(task.await.unwrap(), Ok(true));
            house.assert_whole().await;
            // Who came back in the meantime is still there.
            let again = Sample::of("oAlice").at(3000).outcome(&house.stores).await;
            match again {
                LoginOutcome::Disabled => assert!(is_banned),
                LoginOutcome::SignedIn { is_new, .. } => assert!(!is_new && !is_banned),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Whoever has just signed in through another app stays, however late the erasure is.
#[tokio::test(flavor = "multi_thread")]
async fn an_only_identity_goes_while_the_person_comes_through_another_app() {
    for reads in 0.. {
        let Some(house) = House::new().await else { return };
        let stores = &house.stores;
        let here = Sample::of("oHere").with_union("uAlice");
        let user = here.sign_in(stores).await.user.id;
        let identity = here.record().identity;
        let way = Way::held_after_reads(reads, &house.scratch).await;
        let held =
            begin(way, |stores| async move { erase_identity(&stores, identity, user).await });
        let Some((way, task)) = held.await else {
            assert!(reads > 4, "it has only {reads} reads");
            return;
        };
        let there = Sample::of("oThere").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
        way.release();
        assert_eq!(task.await.unwrap(), Ok(Some(user)));
        let session = stores.sessions.find_session(there.session.id).await.unwrap();
        assert!(session.is_some(), "read {reads}: it was answered");
        let again = Sample::of("oThere").in_app(2).at(2).sign_in(stores).await;
        assert_eq!(again.user.id, there.user.id, "read {reads}");
        assert_eq!(stores.accounts.find_by_identity(&here.record().identity).await, Ok(None));
        house.assert_whole().await;
    }
}

/// Somebody else has moved the erasure on, and the person is back, by a clock that is behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_erasure_of_an_identity_leaves_the_one_that_came_after_it() {
    for writes in 1.. {
        let Some(house) = House::new().await else { return };
        let stores = &house.stores;
        let here = Sample::of("oHere").with_union("uAlice");
        let user = here.sign_in(stores).await.user.id;
        Sample::of("oThere").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
        let identity = here.record().identity;
        let held =
            hold(
                &house,
                writes,
                |stores| async move { erase_identity(&stores, identity, user).await },
            );
        let Some((way, task)) = held.await else {
            assert!(writes > 3, "it has only {writes} writes");
            return;
        };
        let gone = stores.accounts.find_by_identity(&here.record().identity).await;
        assert_eq!(gone, Ok(None));
        let back = Sample::of("oHere").at(2).sign_in(stores).await;
        assert!(back.is_new);
        way.release();
        assert_eq!(task.await.unwrap(), Ok(Some(user)));
        let again = Sample::of("oHere").at(3).sign_in(stores).await;
        assert_eq!((again.user.id, again.is_new), (back.user.id, false), "write {writes}");
        house.assert_whole().await;
    }
}
