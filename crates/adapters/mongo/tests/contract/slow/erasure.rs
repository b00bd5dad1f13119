//! Erasures that are slow.

use wxlogin_domain::model::UserStatus;
use wxlogin_domain::ports::{ErasureStep, LoginOutcome};
use wxlogin_domain::testing::contract::Sample;

use super::{hold, hold_anywhere};
use crate::house::{House, erase, erase_identity, set_status};

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
    for steps in 0.. {
        let Some(house) = House::new().await else { return };
        let stores = &house.stores;
        let here = Sample::of("oHere").with_union("uAlice");
        let user = here.sign_in(stores).await.user.id;
        let identity = here.record().identity;
        let erasing = |stores| async move { erase_identity(&stores, identity, user).await };
        let Some((way, task)) = hold_anywhere(&house, steps, erasing).await else {
            assert!(steps > 4, "it has only {steps} steps");
            return;
        };
        let there = Sample::of("oThere").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
        way.release();
        assert_eq!(task.await.unwrap(), Ok(Some(user)));
        let session = stores.sessions.find_session(there.session.id).await.unwrap();
        assert!(session.is_some(), "step {steps}: it was answered");
        let again = Sample::of("oThere").in_app(2).at(2).sign_in(stores).await;
        assert_eq!(again.user.id, there.user.id, "step {steps}");
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
        let erasing = |stores| async move { erase_identity(&stores, identity, user).await };
        let Some((way, task)) = hold(&house, writes, erasing).await else {
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
