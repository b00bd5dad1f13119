//! An erasure that broke off: the user is there, or nothing is seen of them; and whoever comes next
//! makes it complete.

use wxlogin_domain::model::{AuditAction, SessionId, UserId, UserStatus};
use wxlogin_domain::ports::{ErasureStep, LoginOutcome};
use wxlogin_domain::testing::contract::Sample;

use crate::house::{House, after, end, erase, set_status};
use crate::stepping::Way;

/// Somebody who has left something everywhere.
struct Alice {
    user: UserId,
    sessions: Vec<SessionId>,
}

impl Alice {
    async fn moves_in(house: &House, is_banned: bool) -> Self {
        let stores = &house.stores;
        let here = Sample::of("oAlice").named("Alice").with_union("uAlice").replayable(1);
        let first = here.sign_in(stores).await;
        let user = first.user.id;
        let there =
            Sample::of("oAlice2").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
        let changed = Sample::of("oAlice").with_union("uAliceToo").at(2).sign_in(stores).await;
        assert!(changed.union_conflict.is_some());
        // Somebody else's conflict names her as the owner.
        Sample::of("oBob").at(3).sign_in(stores).await;
        let bob = Sample::of("oBob").with_union("uAlice").at(4).sign_in(stores).await;
        assert_eq!(bob.union_conflict.unwrap().owner, Some(user));
        if is_banned {
            set_status(stores, user, UserStatus::Disabled).await.unwrap();
        }
        let mut sessions = [first, there, changed].map(|signed_in| signed_in.session.id).to_vec();
        sessions.sort_unstable();
        Self { user, sessions }
    }

    async fn assert_unseen(&self, house: &House) {
        let stores = &house.stores;
        assert_eq!(stores.accounts.find_user(self.user).await, Ok(None));
        assert_eq!(stores.accounts.identities(self.user).await, Ok(vec![]));
        assert_eq!(stores.accounts.union_conflicts().await, Ok(vec![]));
        assert_eq!(
            stores.accounts.session_key(&Sample::of("oAlice").record().identity).await,
            Ok(None)
        );
        assert_eq!(stores.sessions.list_sessions(self.user).await, Ok(vec![]));
        for session in &self.sessions {
            assert_eq!(stores.sessions.find_session(*session).await, Ok(None));
        }
        let page = stores.accounts.page_users(None, 1).await.unwrap();
        assert_eq!(page.len(), 1, "she does not end a page early");
        assert_eq!(stores.accounts.page_users(Some(page[0].id), 1).await, Ok(vec![]));
        assert_eq!(set_status(stores, self.user, UserStatus::Disabled).await, Ok(None));
        assert_eq!(house.revoked().await, self.sessions, "her tokens hold no more");
    }
}

/// What may happen next.
#[derive(Clone, Copy)]
enum Next {
    Login,
    Erasure,
    Start,
    Purge,
    DueErasures,
}

const NEXT: [Next; 5] = [Next::Login, Next::Erasure, Next::Start, Next::Purge, Next::DueErasures];

async fn go_on(house: &House, alice: &Alice, is_banned: bool, next: Next) {
    let stores = &house.stores;
    match next {
        Next::Login => {
            let login = Sample::of("oAlice2").in_app(2).at(2000);
            let is_shut_out = login.outcome(stores).await == LoginOutcome::Disabled;
            assert_eq!(is_shut_out, is_banned);
            // When her identities are gone already, a login does not meet the mark.
            stores.sessions.purge(after(0), after(0), 10).await.unwrap();
        }
        Next::Erasure => {
            assert_eq!(erase(stores, alice.user, ErasureStep::Complete).await, Ok(false));
        }
        Next::Start => house.database.migrate().await.unwrap(),
        Next::Purge => drop(stores.sessions.purge(after(0), after(0), 10).await.unwrap()),
        Next::DueErasures => {
            assert_eq!(stores.accounts.due_erasures(after(0), 10).await, Ok(vec![]));
        }
    }
}

async fn break_off_after(writes: usize, is_banned: bool, next: Next) -> Option<bool> {
    let house = House::new().await?;
    let alice = Alice::moves_in(&house, is_banned).await;
    let (way, instance) = Way::severed_after(writes, &house.scratch).await;
    let answer = erase(&instance.stores(), alice.user, ErasureStep::Complete).await;
    if !way.is_severed() {
        assert_eq!(answer, Ok(true));
        house.assert_no_trace(alice.user).await;
        house.assert_forgotten("Alice").await;
        return Some(false);
    }
    assert!(answer.is_err(), "{answer:?}");
    let stores = &house.stores;
    if writes == 0 {
        assert!(stores.accounts.find_user(alice.user).await.unwrap().is_some());
        assert_eq!(stores.accounts.identities(alice.user).await.unwrap().len(), 2);
        assert_eq!(stores.accounts.union_conflicts().await.unwrap().len(), 2);
        assert_eq!(stores.sessions.list_sessions(alice.user).await.unwrap().len(), 3);
        assert_eq!(erase(stores, alice.user, ErasureStep::Complete).await, Ok(true));
    } else {
        alice.assert_unseen(&house).await;
        go_on(&house, &alice, is_banned, next).await;
    }
    if matches!(next, Next::Login) && !is_banned && writes > 0 {
        // She is back already, as somebody new.
        assert_eq!(stores.accounts.find_user(alice.user).await, Ok(None));
    } else {
        house.assert_no_trace(alice.user).await;
        house.assert_forgotten("Alice").await;
    }
    house.assert_whole().await;
    let expected = if is_banned {
        vec![AuditAction::UserDisabled, AuditAction::UserErased]
    } else {
        vec![AuditAction::UserErased]
    };
    assert_eq!(house.told(alice.user).await, expected);
    assert_eq!(house.revoked().await, alice.sessions);
    let back = [
        Sample::of("oAlice").at(3000),
        Sample::of("oAlice2").in_app(2).at(3001),
        Sample::of("oAlice3").in_app(3).with_union("uAlice").at(3002),
    ];
    for login in &back {
        let is_shut_out = login.outcome(stores).await == LoginOutcome::Disabled;
        assert_eq!(is_shut_out, is_banned, "a ban outlives the account");
    }
    assert_eq!(set_status(stores, alice.user, UserStatus::Active).await, Ok(None));
    for login in &back {
        assert_ne!(login.sign_in(stores).await.user.id, alice.user);
    }
    Some(true)
}

async fn break_off_everywhere(is_banned: bool) {
    for next in NEXT {
        for writes in 0.. {
            match break_off_after(writes, is_banned, next).await {
                Some(true) => assert!(writes < 100, "it never comes to its end"),
                Some(false) => {
                    assert!(writes > 5, "it is more than one step");
                    break;
                }
                None => return,
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_broke_off_is_not_seen_and_comes_to_its_end() {
    break_off_everywhere(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ban_of_an_erased_user_survives_a_crash() {
    break_off_everywhere(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_ban_finishes_the_erasure_first() {
    for writes in 1.. {
        let Some(house) = House::new().await else { return };
        let alice = Alice::moves_in(&house, true).await;
        let (way, instance) = Way::severed_after(writes, &house.scratch).await;
        drop(erase(&instance.stores(), alice.user, ErasureStep::Complete).await);
        assert_eq!(set_status(&house.stores, alice.user, UserStatus::Active).await, Ok(None));
        assert_eq!(house.told(alice.user).await.len(), 3, "banned, erased, let in again");
        assert!(Sample::of("oAlice").at(3000).sign_in(&house.stores).await.is_new);
        if !way.is_severed() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_erasure_that_broke_off_is_nothing_or_everything() {
    for writes in 0.. {
        let Some(house) = House::new().await else { return };
        let alice = Alice::moves_in(&house, false).await;
        let (way, instance) = Way::severed_after(writes, &house.scratch).await;
        let step = ErasureStep::Schedule(after(5000));
        let answer = erase(&instance.stores(), alice.user, step).await;
        assert_eq!(answer.is_ok(), writes > 0, "what is written is answered");
        let stores = &house.stores;
        let user = stores.accounts.find_user(alice.user).await.unwrap().unwrap();
        let key = stores.accounts.session_key(&Sample::of("oAlice").record().identity).await;
        if writes == 0 {
            assert_eq!((user.erase_at, key.unwrap().is_some()), (None, true));
            assert_eq!(stores.sessions.list_sessions(alice.user).await.unwrap().len(), 3);
            continue;
        }
        assert_eq!((user.erase_at, key), (Some(after(5000)), Ok(None)));
        assert_eq!(stores.sessions.list_sessions(alice.user).await, Ok(vec![]));
        assert_eq!(house.revoked().await, alice.sessions);
        let identities = house.all("identities").await;
        let of_bob = identities.iter().filter(|identity| identity.contains_key("session_key"));
        assert_eq!(of_bob.count(), 1, "no key of hers is left");
        // A step that was held up must not take what came after it.
        let back = Sample::of("oAlice").at(2000).restoring();
        back.sign_in(stores).await;
        house.database.migrate().await.unwrap();
        let key = stores.accounts.session_key(&back.record().identity).await;
        assert_eq!(key, Ok(Some(back.record().session_key)));
        if !way.is_severed() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_came_after_an_unfinished_schedule_stays() {
    let Some(house) = House::new().await else { return };
    let alice = Alice::moves_in(&house, false).await;
    let (_way, instance) = Way::severed_after(1, &house.scratch).await;
    let step = ErasureStep::Schedule(after(5000));
    assert_eq!(erase(&instance.stores(), alice.user, step).await, Ok(true));
    let back = Sample::of("oAlice").at(2000).restoring();
    let session = back.sign_in(&house.stores).await.session;
    // Any change of a user's sessions moves on what waits.
    let ending = wxlogin_domain::ports::Ending::AllBut(session.id);
    assert_eq!(end(&house.stores, alice.user, ending).await, Ok(0));
    assert_eq!(house.revoked().await, alice.sessions);
    let key = house.stores.accounts.session_key(&back.record().identity).await;
    assert_eq!(key, Ok(Some(back.record().session_key)));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_login_that_broke_off_has_left_of_a_user_goes_with_them() {
    let Some(house) = House::new().await else { return };
    let stores = &house.stores;
    let user = Sample::of("oThere").in_app(2).sign_in(stores).await.user.id;
    let slow = Sample::of("oHere").with_union("uAlice");
    let (_way, instance) = Way::severed_after(2, &house.scratch).await;
    drop(instance.stores().accounts.record_login(slow.record()).await);
    Sample::of("oThere").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
    set_status(stores, user, UserStatus::Disabled).await.unwrap();
    assert_eq!(erase(stores, user, ErasureStep::Complete).await, Ok(true));
    house.assert_no_trace(user).await;
    house.assert_forgotten("oHere").await;
    house.assert_whole().await;
    assert_eq!(slow.outcome(stores).await, LoginOutcome::Disabled, "it was her identity too");
}
