//! Phone numbers, and clearing fields of the profile.

use futures_util::future::join_all;

use super::Sample;
use super::actions::{after, audit_event, erase_user, phone, set_phone, set_status};
use crate::model::{AuditAction, UserId, UserStatus, VisibleApps};
use crate::ports::{Clearing, ErasureStep, PhoneOutcome, Stores};

fn clearing(user_id: UserId) -> Clearing {
    let event = audit_event(AuditAction::PhoneReleased, user_id, after(9));
    Clearing {
        apps: VisibleApps::All,
        user_id,
        nickname: false,
        avatar_url: false,
        phone: false,
        event,
    }
}

pub async fn a_phone_number_is_stored_and_replaced(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user;
    assert_eq!(user.phone, None);
    for digit in [1, 2, 2] {
        let PhoneOutcome::Stored(changed) = set_phone(stores, user.id, digit).await else {
            panic!("the number is taken")
        };
        assert_eq!((changed.phone.clone(), changed.updated_at), (Some(phone(digit)), after(7)));
        assert_eq!(stores.accounts.find_user(user.id).await, Ok(Some(changed)));
    }
    let again = Sample::of("oAlice").at(20).sign_in(stores).await.user;
    assert_eq!(again.phone, Some(phone(2)), "a login does not change it");
    let nobody = Sample::of("oNobody").record().new_user_id;
    assert_eq!(set_phone(stores, nobody, 3).await, PhoneOutcome::Gone);
}

pub async fn a_phone_number_belongs_to_one_user(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.user;
    let bob = Sample::of("oBob").sign_in(stores).await.user;
    set_phone(stores, alice.id, 1).await;
    assert_eq!(set_phone(stores, bob.id, 1).await, PhoneOutcome::Taken);
    assert_eq!(stores.accounts.find_user(bob.id).await, Ok(Some(bob.clone())));
    set_phone(stores, alice.id, 2).await;
    assert!(
        matches!(set_phone(stores, bob.id, 1).await, PhoneOutcome::Stored(_)),
        "it is free again"
    );
}

pub async fn only_one_of_many_concurrent_users_gets_a_phone_number(stores: &Stores) {
    let mut users = Vec::new();
    for n in 0..8 {
        users.push(Sample::of(&format!("oPerson{n}")).sign_in(stores).await.user.id);
    }
    let tasks = users.iter().map(|id| {
        let (stores, id) = (stores.clone(), *id);
        tokio::spawn(async move { set_phone(&stores, id, 1).await })
    });
    let outcomes = join_all(tasks).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    let stored = outcomes.iter().filter(|outcome| matches!(outcome, PhoneOutcome::Stored(_)));
    assert_eq!(stored.count(), 1);
    let taken = outcomes.iter().filter(|outcome| **outcome == PhoneOutcome::Taken);
    assert_eq!(taken.count(), 7);
}

pub async fn a_cleared_phone_number_is_free(stores: &Stores) {
    let alice = Sample::of("oAlice").named("Alice").sign_in(stores).await.user;
    let bob = Sample::of("oBob").sign_in(stores).await.user;
    set_phone(stores, alice.id, 1).await;
    let release = Clearing { phone: true, ..clearing(alice.id) };
    let cleared = stores.accounts.clear(release.clone()).await.unwrap().unwrap();
    assert_eq!((cleared.phone.clone(), cleared.updated_at), (None, after(9)));
    assert_eq!(cleared.nickname, alice.nickname);
    assert_eq!(stores.accounts.find_user(alice.id).await, Ok(Some(cleared)));
    let audited = vec![release.event.clone()];
    assert_eq!(
        stores.audit.page_audit(&VisibleApps::All, None, None, 10).await,
        Ok(audited.clone())
    );
    assert!(matches!(set_phone(stores, bob.id, 1).await, PhoneOutcome::Stored(_)));
    let event = audit_event(AuditAction::PhoneReleased, alice.id, after(11));
    let again = Clearing { event, ..release };
    assert_eq!(stores.accounts.clear(again).await, Ok(None));
    assert_eq!(
        stores.audit.page_audit(&VisibleApps::All, None, None, 10).await,
        Ok(audited),
        "nothing was cleared"
    );
}

pub async fn only_the_named_fields_are_cleared(stores: &Stores) {
    let login = Sample::of("oAlice").named("Alice").pictured("https://cdn.example.com/a.png");
    let user = login.sign_in(stores).await.user;
    set_phone(stores, user.id, 1).await;
    let named = Clearing { nickname: true, ..clearing(user.id) };
    let cleared = stores.accounts.clear(named).await.unwrap().unwrap();
    assert_eq!((cleared.nickname, cleared.avatar_url), (None, user.avatar_url));
    assert_eq!(cleared.phone, Some(phone(1)));
    let both = Clearing { nickname: true, avatar_url: true, ..clearing(user.id) };
    let event = audit_event(AuditAction::ProfileCleared, user.id, after(10));
    let cleared = stores.accounts.clear(Clearing { event, ..both }).await.unwrap().unwrap();
    assert_eq!((cleared.nickname, cleared.avatar_url), (None, None));
}

pub async fn an_erasure_frees_the_phone_number(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.user;
    let bob = Sample::of("oBob").sign_in(stores).await.user;
    set_phone(stores, alice.id, 1).await;
    erase_user(stores, alice.id, ErasureStep::Schedule(after(1000)), 9).await;
    let waiting = stores.accounts.find_user(alice.id).await.unwrap().unwrap();
    assert_eq!(waiting.phone, None, "the number is removed at once");
    assert!(matches!(set_phone(stores, bob.id, 1).await, PhoneOutcome::Stored(_)));
    let carol = Sample::of("oCarol").sign_in(stores).await.user;
    erase_user(stores, bob.id, ErasureStep::Complete, 10).await;
    assert!(matches!(set_phone(stores, carol.id, 1).await, PhoneOutcome::Stored(_)));
}

/// Getting the number from WeChat takes time, in which the user can be banned or request deletion.
pub async fn a_leaving_or_banned_user_gets_no_phone_number(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.user.id;
    erase_user(stores, alice, ErasureStep::Schedule(after(1000)), 5).await;
    let leaving = stores.accounts.find_user(alice).await;
    assert_eq!(set_phone(stores, alice, 1).await, PhoneOutcome::Gone);
    assert_eq!(stores.accounts.find_user(alice).await, leaving, "nothing is written");
    Sample::of("oAlice").at(9).restoring().sign_in(stores).await;
    assert!(matches!(set_phone(stores, alice, 1).await, PhoneOutcome::Stored(_)));

    set_status(stores, alice, UserStatus::Disabled).await;
    let banned = stores.accounts.find_user(alice).await;
    assert_eq!(set_phone(stores, alice, 2).await, PhoneOutcome::Gone);
    assert_eq!(stores.accounts.find_user(alice).await, banned, "nothing is written");
    let bob = Sample::of("oBob").sign_in(stores).await.user.id;
    assert!(matches!(set_phone(stores, bob, 2).await, PhoneOutcome::Stored(_)), "it is free");
    set_status(stores, alice, UserStatus::Active).await;
    assert!(matches!(set_phone(stores, alice, 3).await, PhoneOutcome::Stored(_)));
}
