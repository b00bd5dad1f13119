//! Slow erasures.

use wxlogin_domain::model::UserStatus;
use wxlogin_domain::ports::{ErasureStep, LoginOutcome};
use wxlogin_domain::testing::contract::Sample;

use super::{hold, hold_anywhere};
use crate::harness::{Harness, erase, erase_identity, set_status};

/// Another call has met the mark first and completed the erasure.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_erasure_finds_everything_done() {
    for is_banned in [false, true] {
        for writes in 1.. {
            let Some(harness) = Harness::new().await else { return };
            let user =
                Sample::of("oAlice").with_union("uAlice").sign_in(&harness.stores).await.user.id;
            if is_banned {
                set_status(&harness.stores, user, UserStatus::Disabled).await.unwrap();
            }
            let held = hold(&harness, writes, |stores| async move {
                erase(&stores, user, ErasureStep::Complete).await
            });
            let Some((proxy, task)) = held.await else {
                assert!(writes > 5);
                break;
            };
            // Sees the user as erased and completes the erasure.
            let login = Sample::of("oAlice").with_union("uAlice").at(2000);
            let is_refused = login.outcome(&harness.stores).await == LoginOutcome::Disabled;
            assert_eq!(is_refused, is_banned, "write {writes}");
            proxy.release();
            assert_eq!(task.await.unwrap(), Ok(true));
            harness.assert_consistent().await;
            // A user who signed up again in the meantime still exists.
            let again = Sample::of("oAlice").at(3000).outcome(&harness.stores).await;
            match again {
                LoginOutcome::Disabled => assert!(is_banned),
                LoginOutcome::SignedIn { is_new, .. } => assert!(!is_new && !is_banned),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// A user who has just signed in through another app stays, however late the erasure is.
#[tokio::test(flavor = "multi_thread")]
async fn an_only_identity_is_erased_while_the_person_signs_in_through_another_app() {
    for steps in 0.. {
        let Some(harness) = Harness::new().await else { return };
        let stores = &harness.stores;
        let here = Sample::of("oHere").with_union("uAlice");
        let user = here.sign_in(stores).await.user.id;
        let identity = here.record().identity;
        let erasing = |stores| async move { erase_identity(&stores, identity, user).await };
        let Some((proxy, task)) = hold_anywhere(&harness, steps, erasing).await else {
            assert!(steps > 4, "it has only {steps} steps");
            return;
        };
        let there = Sample::of("oThere").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
        proxy.release();
        assert_eq!(task.await.unwrap(), Ok(Some(user)));
        let session = stores.sessions.find_session(there.session.id).await.unwrap();
        assert!(session.is_some(), "step {steps}: it was answered");
        let again = Sample::of("oThere").in_app(2).at(2).sign_in(stores).await;
        assert_eq!(again.user.id, there.user.id, "step {steps}");
        assert_eq!(stores.accounts.find_by_identity(&here.record().identity).await, Ok(None));
        harness.assert_consistent().await;
    }
}

/// Another call has completed the erasure, and the person has signed in again, by a clock that is slow.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_erasure_of_an_identity_leaves_a_later_one() {
    for writes in 1.. {
        let Some(harness) = Harness::new().await else { return };
        let stores = &harness.stores;
        let here = Sample::of("oHere").with_union("uAlice");
        let user = here.sign_in(stores).await.user.id;
        Sample::of("oThere").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
        let identity = here.record().identity;
        let erasing = |stores| async move { erase_identity(&stores, identity, user).await };
        let Some((proxy, task)) = hold(&harness, writes, erasing).await else {
            assert!(writes > 3, "it has only {writes} writes");
            return;
        };
        let gone = stores.accounts.find_by_identity(&here.record().identity).await;
        assert_eq!(gone, Ok(None));
        let back = Sample::of("oHere").at(2).sign_in(stores).await;
        assert!(back.is_new);
        proxy.release();
        assert_eq!(task.await.unwrap(), Ok(Some(user)));
        let again = Sample::of("oHere").at(3).sign_in(stores).await;
        assert_eq!((again.user.id, again.is_new), (back.user.id, false), "write {writes}");
        harness.assert_consistent().await;
    }
}
