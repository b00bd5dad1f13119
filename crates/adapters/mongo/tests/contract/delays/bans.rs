//! Slow calls and concurrent changes of a ban.

use wxlogin_domain::model::{SealedPhone, UserId, UserStatus};
use wxlogin_domain::ports::{
    ErasureStep, KeyedTag, LoginOutcome, NewPhone, PhoneOutcome, Sealed, Stores,
};
use wxlogin_domain::testing::contract::Sample;

use super::{hold, hold_anywhere, signs_in_and_is_erased};
use crate::harness::{Harness, after, erase, erase_identity, set_status};
use crate::interrupting_proxy::InterruptingProxy;

/// A user owns a unionid, is banned and erased while another one is about to own it.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_claim_of_a_unionid_respects_a_ban() {
    for steps in 0.. {
        let Some(harness) = Harness::new().await else { return };
        let stores = &harness.stores;
        let user = Sample::of("oBob").in_app(2).sign_in(stores).await.user.id;
        let late = Sample::of("oBob").in_app(2).with_union("uAlice").at(3000);
        let held =
            hold_anywhere(&harness, steps, |stores| async move { late.outcome(&stores).await });
        let Some((proxy, task)) = held.await else {
            assert!(steps > 5, "it has only {steps} steps");
            return;
        };
        // Once the slow user owns it, that user is banned and erased.
        let alice = Sample::of("oAlice").with_union("uAlice").at(1);
        let banned = signs_in_and_is_erased(stores, alice, true).await;
        proxy.release();
        let outcome = task.await.unwrap();
        if banned != user {
            let LoginOutcome::SignedIn { user: signed_in, union_conflict, .. } = outcome else {
                panic!("step {steps}: {outcome:?}")
            };
            assert_eq!(signed_in.id, user);
            assert_eq!(union_conflict.map(|conflict| conflict.owner), Some(None), "step {steps}");
        }
        for at in [4000, 4001] {
            let back = Sample::of("oAlice").with_union("uAlice").at(at);
            assert_eq!(back.outcome(stores).await, LoginOutcome::Disabled, "step {steps}");
        }
        harness.assert_consistent().await;
    }
}

/// A user is created, banned and erased while the same person is about to become another user.
#[tokio::test(flavor = "multi_thread")]
async fn a_banned_identity_erased_meanwhile_gets_no_other_user() {
    for steps in 0.. {
        let Some(harness) = Harness::new().await else { return };
        let stores = &harness.stores;
        let owner = Sample::of("oOther").in_app(2).with_union("uAlice").sign_in(stores).await;
        let slow = Sample::of("oAlice").with_union("uAlice").at(3000);
        let held =
            hold_anywhere(&harness, steps, |stores| async move { slow.outcome(&stores).await });
        let Some((proxy, task)) = held.await else {
            assert!(steps > 4, "it has only {steps} steps");
            return;
        };
        let banned = signs_in_and_is_erased(stores, Sample::of("oAlice").at(1), true).await;
        proxy.release();
        let outcome = task.await.unwrap();
        // Once the identity belongs to the owner, the owner is banned and erased.
        if banned != owner.user.id {
            assert_eq!(outcome, LoginOutcome::Disabled, "step {steps}");
        }
        for at in [4000, 4001] {
            let back = Sample::of("oAlice").with_union("uAlice").at(at);
            assert_eq!(back.outcome(stores).await, LoginOutcome::Disabled, "step {steps}");
        }
        harness.assert_consistent().await;
    }
}

/// A banned user with identities in two apps, one of which is erased.
async fn banned_with_erased_identity(stores: &Stores) -> (UserId, Sample) {
    let user = Sample::of("oAlice").with_union("uAlice").sign_in(stores).await.user.id;
    let gone = Sample::of("oGone").in_app(2).with_union("uAlice").at(1);
    gone.sign_in(stores).await;
    set_status(stores, user, UserStatus::Disabled).await.unwrap();
    assert_eq!(erase_identity(stores, gone.record().identity, user).await, Ok(Some(user)));
    (user, Sample::of("oGone").in_app(2).at(2000))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_end_of_a_ban_has_happened_or_not() {
    for writes in 0.. {
        let Some(harness) = Harness::new().await else { return };
        let stores = &harness.stores;
        let (user, back) = banned_with_erased_identity(stores).await;
        let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
        let answer = set_status(&instance.stores(), user, UserStatus::Active).await;
        assert_eq!(answer.is_ok(), writes > 0, "a written change is acknowledged");
        if writes == 0 {
            assert_eq!(back.outcome(stores).await, LoginOutcome::Disabled);
            continue;
        }
        assert!(back.sign_in(stores).await.is_new, "write {writes}");
        if !proxy.is_severed() {
            break;
        }
    }
}

/// A late delivery of the end of one ban does not weaken the next ban.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_end_of_a_ban_does_not_end_the_next_one() {
    for next_erases_all in [false, true] {
        let Some(harness) = Harness::new().await else { return };
        let stores = &harness.stores;
        let (user, back) = banned_with_erased_identity(stores).await;
        let other = Sample::of("oOther").in_app(3).with_union("uAlice").at(3);
        let (_proxy, instance) = InterruptingProxy::severed_after(1, &harness.scratch).await;
        set_status(&instance.stores(), user, UserStatus::Active).await.unwrap();
        other.sign_in(stores).await;
        set_status(stores, user, UserStatus::Disabled).await.unwrap();
        if next_erases_all {
            assert_eq!(erase(stores, user, ErasureStep::Complete).await, Ok(true));
        } else {
            let identity = other.record().identity;
            assert_eq!(erase_identity(stores, identity, user).await, Ok(Some(user)));
        }
        harness.database.migrate().await.unwrap();
        let again = Sample::of("oOther").in_app(3).at(3000);
        assert_eq!(again.outcome(stores).await, LoginOutcome::Disabled);
        assert!(back.sign_in(stores).await.is_new, "that ban is over");
    }
}

/// WeChat answers late which number it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_banned_or_being_deleted_gets_no_number() {
    for is_banned in [false, true] {
        let Some(harness) = Harness::new().await else { return };
        let stores = &harness.stores;
        let user_id = Sample::of("oAlice").sign_in(stores).await.user.id;
        let phone = SealedPhone { sealed: Sealed(vec![1; 50]), tag: KeyedTag([7; 32]) };
        let phone = NewPhone { user_id, phone, previous_tags: Vec::new(), now: after(5) };
        let held =
            hold(&harness, 0, |stores| async move { stores.accounts.set_phone(phone).await });
        let (proxy, task) = held.await.unwrap();
        if is_banned {
            set_status(stores, user_id, UserStatus::Disabled).await.unwrap();
        } else {
            let step = ErasureStep::Schedule(after(5000));
            assert_eq!(erase(stores, user_id, step).await, Ok(true));
        }
        proxy.release();
        assert_eq!(task.await.unwrap(), Ok(PhoneOutcome::Gone));
        let user = stores.accounts.find_user(user_id).await.unwrap().unwrap();
        assert_eq!(user.phone, None);
    }
}
