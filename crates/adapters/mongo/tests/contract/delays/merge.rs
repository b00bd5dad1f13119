//! Slow calls that a merge overtakes.

use wxlogin_domain::model::{AuditAction, UserId};
use wxlogin_domain::ports::{Ending, ErasureStep, LoginOutcome, MergeOutcome, Stores};
use wxlogin_domain::testing::contract::{Sample, SignedIn};

use super::hold_anywhere;
use crate::harness::{Harness, end, erase, merge};

/// Two accounts of one person, of which the loser owns the unionid.
async fn two(stores: &Stores) -> (UserId, SignedIn) {
    let winner = Sample::of("oOne").sign_in(stores).await.user.id;
    let loser = Sample::of("oTwo").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
    (winner, loser)
}

async fn merge_them(stores: &Stores, winner: UserId, loser: UserId) {
    let merged = merge(stores, winner, loser, None).await;
    assert!(matches!(merged, Ok(MergeOutcome::Merged(_))), "{merged:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_a_merge_moves_is_ended() {
    for steps in 0.. {
        let Some(harness) = Harness::new().await else { return };
        let stores = &harness.stores;
        let (winner, loser) = two(stores).await;
        let (user, session) = (loser.user.id, loser.session.id);
        let ends = |stores| async move { end(&stores, user, Ending::One(session)).await };
        let Some((proxy, task)) = hold_anywhere(&harness, steps, ends).await else {
            assert!(steps > 3, "it has only {steps} steps");
            return;
        };
        merge_them(stores, winner, user).await;
        proxy.release();
        assert_eq!(task.await.unwrap(), Ok(1), "step {steps}");
        assert_eq!(stores.sessions.find_session(session).await, Ok(None), "step {steps}");
        assert!(harness.revoked().await.contains(&session), "step {steps}");
    }
}

/// The id of a merged user is never used again, even after the winner is erased.
#[tokio::test(flavor = "multi_thread")]
async fn a_loser_is_never_created_again() {
    for steps in 0.. {
        let Some(harness) = Harness::new().await else { return };
        let stores = &harness.stores;
        let (winner, loser) = two(stores).await;
        let loser = loser.user.id;
        merge_them(stores, winner, loser).await;
        let slow = Sample::of("oNew").in_app(3).with_union("uAlice").at(5000);
        let held =
            hold_anywhere(&harness, steps, |stores| async move { slow.outcome(&stores).await });
        let Some((proxy, task)) = held.await else {
            assert!(steps > 3, "it has only {steps} steps");
            return;
        };
        assert_eq!(erase(stores, winner, ErasureStep::Complete).await, Ok(true));
        proxy.release();
        let outcome = task.await.unwrap();
        let LoginOutcome::SignedIn { user, .. } = outcome else { panic!("{outcome:?}") };
        assert_ne!(user.id, loser, "step {steps}");
        assert_eq!(stores.accounts.find_user(loser).await, Ok(None));
        assert_eq!(harness.audit_actions(loser).await, [AuditAction::UsersMerged]);
        harness.assert_consistent().await;
        let again = Sample::of("oNew").in_app(3).with_union("uAlice").at(5001);
        assert_ne!(again.sign_in(stores).await.user.id, loser);
    }
}
