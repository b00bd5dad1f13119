//! Phone numbers and what else can be taken from a profile.

use std::time::Duration;

use futures_util::future::join_all;

use super::{Sample, erasure, status};
use crate::model::{AuditAction, SealedPhone, Timestamp, UserId, UserStatus};
use crate::ports::{Clearing, ErasureStep, KeyedTag, NewPhone, PhoneOutcome, Sealed, Stores};

fn after(millis: u64) -> Timestamp {
    Sample::START.plus(Duration::from_millis(millis))
}

pub(super) fn number(digit: u8) -> SealedPhone {
    SealedPhone { sealed: Sealed(vec![digit; 50]), tag: KeyedTag([digit; 32]) }
}

pub(super) async fn set(stores: &Stores, user_id: UserId, digit: u8) -> PhoneOutcome {
    let phone = NewPhone { user_id, phone: number(digit), now: after(7) };
    stores.accounts.set_phone(phone).await.unwrap()
}

fn clearing(user_id: UserId) -> Clearing {
    let event = status::event(AuditAction::PhoneReleased, user_id, after(9));
    Clearing { user_id, nickname: false, avatar_url: false, phone: false, event }
}

pub async fn a_phone_number_is_stored_and_replaced(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user;
    assert_eq!(user.phone, None);
    for digit in [1, 2, 2] {
        let PhoneOutcome::Stored(changed) = set(stores, user.id, digit).await else {
            panic!("it is free")
        };
        assert_eq!((changed.phone.clone(), changed.updated_at), (Some(number(digit)), after(7)));
        assert_eq!(stores.accounts.find_user(user.id).await, Ok(Some(changed)));
    }
    let again = Sample::of("oAlice").at(20).sign_in(stores).await.user;
    assert_eq!(again.phone, Some(number(2)), "a login leaves it alone");
    let nobody = Sample::of("oNobody").record().new_user_id;
    assert_eq!(set(stores, nobody, 3).await, PhoneOutcome::Gone);
}

pub async fn a_number_belongs_to_one_user(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.user;
    let bob = Sample::of("oBob").sign_in(stores).await.user;
    set(stores, alice.id, 1).await;
    assert_eq!(set(stores, bob.id, 1).await, PhoneOutcome::Taken);
    assert_eq!(stores.accounts.find_user(bob.id).await, Ok(Some(bob.clone())));
    set(stores, alice.id, 2).await;
    assert!(matches!(set(stores, bob.id, 1).await, PhoneOutcome::Stored(_)), "it is free again");
}

pub async fn of_many_who_want_a_number_one_gets_it(stores: &Stores) {
    let mut users = Vec::new();
    for n in 0..8 {
        users.push(Sample::of(&format!("oPerson{n}")).sign_in(stores).await.user.id);
    }
    let tasks = users.iter().map(|id| {
        let (stores, id) = (stores.clone(), *id);
        tokio::spawn(async move { set(&stores, id, 1).await })
    });
    let outcomes = join_all(tasks).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    let stored = outcomes.iter().filter(|outcome| matches!(outcome, PhoneOutcome::Stored(_)));
    assert_eq!(stored.count(), 1);
    let taken = outcomes.iter().filter(|outcome| **outcome == PhoneOutcome::Taken);
    assert_eq!(taken.count(), 7);
}

pub async fn a_cleared_number_is_free(stores: &Stores) {
    let alice = Sample::of("oAlice").named("Alice").sign_in(stores).await.user;
    let bob = Sample::of("oBob").sign_in(stores).await.user;
    set(stores, alice.id, 1).await;
    let release = Clearing { phone: true, ..clearing(alice.id) };
    let cleared = stores.accounts.clear(release.clone()).await.unwrap().unwrap();
    assert_eq!((cleared.phone.clone(), cleared.updated_at), (None, after(9)));
    assert_eq!(cleared.nickname, alice.nickname);
    assert_eq!(stores.accounts.find_user(alice.id).await, Ok(Some(cleared)));
    let told = vec![release.event.clone()];
    assert_eq!(stores.audit.page_audit(None, None, 10).await, Ok(told.clone()));
    assert!(matches!(set(stores, bob.id, 1).await, PhoneOutcome::Stored(_)));
    let event = status::event(AuditAction::PhoneReleased, alice.id, after(11));
    let again = Clearing { event, ..release };
    assert_eq!(stores.accounts.clear(again).await, Ok(None));
    assert_eq!(stores.audit.page_audit(None, None, 10).await, Ok(told), "nothing was cleared");
}

pub async fn what_is_named_is_cleared(stores: &Stores) {
    let login = Sample::of("oAlice").named("Alice").pictured("https://cdn.example.com/a.png");
    let user = login.sign_in(stores).await.user;
    set(stores, user.id, 1).await;
    let named = Clearing { nickname: true, ..clearing(user.id) };
    let cleared = stores.accounts.clear(named).await.unwrap().unwrap();
    assert_eq!((cleared.nickname, cleared.avatar_url), (None, user.avatar_url));
    assert_eq!(cleared.phone, Some(number(1)));
    let both = Clearing { nickname: true, avatar_url: true, ..clearing(user.id) };
    let event = status::event(AuditAction::ProfileCleared, user.id, after(10));
    let cleared = stores.accounts.clear(Clearing { event, ..both }).await.unwrap().unwrap();
    assert_eq!((cleared.nickname, cleared.avatar_url), (None, None));
}

pub async fn an_erased_user_gives_the_number_back(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.user;
    let bob = Sample::of("oBob").sign_in(stores).await.user;
    set(stores, alice.id, 1).await;
    erasure::erase(stores, alice.id, ErasureStep::Schedule(after(1000)), 9).await;
    let waiting = stores.accounts.find_user(alice.id).await.unwrap().unwrap();
    assert_eq!(waiting.phone, None, "the number goes at once");
    assert!(matches!(set(stores, bob.id, 1).await, PhoneOutcome::Stored(_)));
    let carol = Sample::of("oCarol").sign_in(stores).await.user;
    erasure::erase(stores, bob.id, ErasureStep::Complete, 10).await;
    assert!(matches!(set(stores, carol.id, 1).await, PhoneOutcome::Stored(_)));
}

/// Proving a number takes WeChat's answer, so a ban or a farewell can come first.
pub async fn nobody_who_is_leaving_or_shut_out_gets_a_number(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.user.id;
    erasure::erase(stores, alice, ErasureStep::Schedule(after(1000)), 5).await;
    let leaving = stores.accounts.find_user(alice).await;
    assert_eq!(set(stores, alice, 1).await, PhoneOutcome::Gone);
    assert_eq!(stores.accounts.find_user(alice).await, leaving, "nothing is written");
    Sample::of("oAlice").at(9).restoring().sign_in(stores).await;
    assert!(matches!(set(stores, alice, 1).await, PhoneOutcome::Stored(_)));

    status::set(stores, alice, UserStatus::Disabled).await;
    let banned = stores.accounts.find_user(alice).await;
    assert_eq!(set(stores, alice, 2).await, PhoneOutcome::Gone);
    assert_eq!(stores.accounts.find_user(alice).await, banned, "nothing is written");
    let bob = Sample::of("oBob").sign_in(stores).await.user.id;
    assert!(matches!(set(stores, bob, 2).await, PhoneOutcome::Stored(_)), "it is free");
    status::set(stores, alice, UserStatus::Active).await;
    assert!(matches!(set(stores, alice, 3).await, PhoneOutcome::Stored(_)));
}
