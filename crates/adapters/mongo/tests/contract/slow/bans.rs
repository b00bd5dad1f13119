//! Slow steps in the way of a ban, or of the end of one.

use wxlogin_domain::model::{SealedPhone, UserId, UserStatus};
use wxlogin_domain::ports::{
    ErasureStep, KeyedTag, LoginOutcome, NewPhone, PhoneOutcome, Sealed, Stores,
};
use wxlogin_domain::testing::contract::Sample;

use super::{comes_and_goes, hold, hold_anywhere};
use crate::house::{House, after, erase, erase_identity, set_status};
use crate::stepping::Way;

/// The owner of a unionid comes, is shut out and goes while somebody else is about to own it.
#[tokio::test(flavor = "multi_thread")]
async fn a_unionid_that_is_buried_meanwhile_is_not_claimed_late() {
    for steps in 0.. {
        let Some(house) = House::new().await else { return };
        let stores = &house.stores;
        let user = Sample::of("oBob").in_app(2).sign_in(stores).await.user.id;
        let late = Sample::of("oBob").in_app(2).with_union("uAlice").at(3000);
        let held =
            hold_anywhere(&house, steps, |stores| async move { late.outcome(&stores).await });
        let Some((way, task)) = held.await else {
            assert!(steps > 5, "it has only {steps} steps");
            return;
        };
        // Once the slow one owns it, that is who is shut out and goes.
        let alice = Sample::of("oAlice").with_union("uAlice").at(1);
        let shut_out = comes_and_goes(stores, alice, true).await;
        way.release();
        let outcome = task.await.unwrap();
        if shut_out != user {
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
        house.assert_whole().await;
    }
}

/// Somebody comes, is shut out and goes while the same person is about to be another user.
#[tokio::test(flavor = "multi_thread")]
async fn an_identity_that_is_buried_meanwhile_gets_no_other_user() {
    for steps in 0.. {
        let Some(house) = House::new().await else { return };
        let stores = &house.stores;
        let owner = Sample::of("oOther").in_app(2).with_union("uAlice").sign_in(stores).await;
        let slow = Sample::of("oAlice").with_union("uAlice").at(3000);
        let held =
            hold_anywhere(&house, steps, |stores| async move { slow.outcome(&stores).await });
        let Some((way, task)) = held.await else {
            assert!(steps > 4, "it has only {steps} steps");
            return;
        };
        let shut_out = comes_and_goes(stores, Sample::of("oAlice").at(1), true).await;
        way.release();
        let outcome = task.await.unwrap();
        // Once the identity is the owner's, that is who is shut out and goes.
        if shut_out != owner.user.id {
            assert_eq!(outcome, LoginOutcome::Disabled, "step {steps}");
        }
        for at in [4000, 4001] {
            let back = Sample::of("oAlice").with_union("uAlice").at(at);
            assert_eq!(back.outcome(stores).await, LoginOutcome::Disabled, "step {steps}");
        }
        house.assert_whole().await;
    }
}

/// Two apps, of which one tells WeChat's server that the person is gone while they are shut out.
async fn half_gone(stores: &Stores) -> (UserId, Sample) {
    let user = Sample::of("oAlice").with_union("uAlice").sign_in(stores).await.user.id;
    let gone = Sample::of("oGone").in_app(2).with_union("uAlice").at(1);
    gone.sign_in(stores).await;
    set_status(stores, user, UserStatus::Disabled).await.unwrap();
    assert_eq!(erase_identity(stores, gone.record().identity, user).await, Ok(Some(user)));
    (user, Sample::of("oGone").in_app(2).at(2000))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_ban_that_broke_off_has_come_or_not() {
    for writes in 0.. {
        let Some(house) = House::new().await else { return };
        let stores = &house.stores;
        let (user, back) = half_gone(stores).await;
        let (way, instance) = Way::severed_after(writes, &house.scratch).await;
        let answer = set_status(&instance.stores(), user, UserStatus::Active).await;
        assert_eq!(answer.is_ok(), writes > 0, "what is written is answered");
        if writes == 0 {
            assert_eq!(back.outcome(stores).await, LoginOutcome::Disabled);
            continue;
        }
        assert!(back.sign_in(stores).await.is_new, "write {writes}");
        if !way.is_severed() {
            break;
        }
    }
}

/// What is held up of the end of one ban takes nothing from the next one.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_ban_that_broke_off_does_not_end_the_next_one() {
    for next_erases_all in [false, true] {
        let Some(house) = House::new().await else { return };
        let stores = &house.stores;
        let (user, back) = half_gone(stores).await;
        let other = Sample::of("oOther").in_app(3).with_union("uAlice").at(3);
        let (_way, instance) = Way::severed_after(1, &house.scratch).await;
        set_status(&instance.stores(), user, UserStatus::Active).await.unwrap();
        other.sign_in(stores).await;
        set_status(stores, user, UserStatus::Disabled).await.unwrap();
        if next_erases_all {
            assert_eq!(erase(stores, user, ErasureStep::Complete).await, Ok(true));
        } else {
            let identity = other.record().identity;
            assert_eq!(erase_identity(stores, identity, user).await, Ok(Some(user)));
        }
        house.database.migrate().await.unwrap();
        let again = Sample::of("oOther").in_app(3).at(3000);
        assert_eq!(again.outcome(stores).await, LoginOutcome::Disabled);
        assert!(back.sign_in(stores).await.is_new, "that ban is over");
    }
}

/// WeChat takes its time to say which number it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_number_does_not_come_back_to_somebody_who_is_leaving_or_shut_out() {
    for is_banned in [false, true] {
        let Some(house) = House::new().await else { return };
        let stores = &house.stores;
        let user_id = Sample::of("oAlice").sign_in(stores).await.user.id;
        let phone = SealedPhone { sealed: Sealed(vec![1; 50]), tag: KeyedTag([7; 32]) };
        let phone = NewPhone { user_id, phone, now: after(5) };
        let held = hold(&house, 0, |stores| async move { stores.accounts.set_phone(phone).await });
        let (way, task) = held.await.unwrap();
        if is_banned {
            set_status(stores, user_id, UserStatus::Disabled).await.unwrap();
        } else {
            let step = ErasureStep::Schedule(after(5000));
            assert_eq!(erase(stores, user_id, step).await, Ok(true));
        }
        way.release();
        assert_eq!(task.await.unwrap(), Ok(PhoneOutcome::Gone));
        let user = stores.accounts.find_user(user_id).await.unwrap().unwrap();
        assert_eq!(user.phone, None);
    }
}
