//! An interrupted erasure: the user exists, or no port shows anything of them, and the next call
//! completes it.

use wxlogin_domain::model::{AuditAction, SessionId, UserId, UserStatus, VisibleApps};
use wxlogin_domain::ports::{ErasureStep, LoginOutcome};
use wxlogin_domain::testing::contract::{Sample, open_conflicts};

use crate::harness::{Harness, after, end, erase, session_key, set_status};
use crate::interrupting_proxy::InterruptingProxy;

/// A user with data in every collection.
struct Alice {
    user: UserId,
    sessions: Vec<SessionId>,
}

impl Alice {
    async fn signs_up(harness: &Harness, is_banned: bool) -> Self {
        let stores = &harness.stores;
        let here = Sample::of("oAlice").named("Alice").with_union("uAlice").replayable(1);
        let first = here.sign_in(stores).await;
        let user = first.user.id;
        let there =
            Sample::of("oAlice2").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
        // She names the unionid of another user, and he names hers.
        Sample::of("oBob").with_union("uBob").at(2).sign_in(stores).await;
        let changed = Sample::of("oAlice").with_union("uBob").at(3).sign_in(stores).await;
        assert!(changed.union_conflict.is_some());
        let bob = Sample::of("oBob").with_union("uAlice").at(4).sign_in(stores).await;
        assert_eq!(bob.union_conflict.unwrap().owner, Some(user));
        if is_banned {
            set_status(stores, user, UserStatus::Disabled).await.unwrap();
        }
        let mut sessions = [first, there, changed].map(|signed_in| signed_in.session.id).to_vec();
        sessions.sort_unstable();
        Self { user, sessions }
    }

    async fn assert_invisible(&self, harness: &Harness) {
        let stores = &harness.stores;
        assert_eq!(stores.accounts.find_user(self.user).await, Ok(None));
        assert_eq!(stores.accounts.identities(self.user).await, Ok(vec![]));
        assert_eq!(open_conflicts(stores).await, Ok(vec![]));
        assert_eq!(session_key(stores, &Sample::of("oAlice").record().identity).await, Ok(None));
        assert_eq!(stores.sessions.list_sessions(self.user).await, Ok(vec![]));
        for session in &self.sessions {
            assert_eq!(stores.sessions.find_session(*session).await, Ok(None));
        }
        let page = stores.accounts.page_users(&VisibleApps::All, None, 1).await.unwrap();
        assert_eq!(page.len(), 1, "the mark does not shorten a page");
        assert_eq!(
            stores.accounts.page_users(&VisibleApps::All, Some(page[0].id), 1).await,
            Ok(vec![])
        );
        assert_eq!(set_status(stores, self.user, UserStatus::Disabled).await, Ok(None));
        assert_eq!(harness.revoked().await, self.sessions, "her tokens are revoked");
    }
}

/// The next call after the interruption.
#[derive(Clone, Copy)]
enum Next {
    Login,
    Erasure,
    Start,
    Purge,
    DueErasures,
}

const NEXT: [Next; 5] = [Next::Login, Next::Erasure, Next::Start, Next::Purge, Next::DueErasures];

async fn proceed(harness: &Harness, alice: &Alice, is_banned: bool, next: Next) {
    let stores = &harness.stores;
    match next {
        Next::Login => {
            let login = Sample::of("oAlice2").in_app(2).at(2000);
            let is_refused = login.outcome(stores).await == LoginOutcome::Disabled;
            assert_eq!(is_refused, is_banned);
            // A login does not meet the mark if her identities are deleted already.
            stores.sessions.purge(after(0), after(0), 10).await.unwrap();
        }
        Next::Erasure => {
            assert_eq!(erase(stores, alice.user, ErasureStep::Complete).await, Ok(false));
        }
        Next::Start => harness.database.migrate().await.unwrap(),
        Next::Purge => drop(stores.sessions.purge(after(0), after(0), 10).await.unwrap()),
        Next::DueErasures => {
            assert_eq!(stores.accounts.due_erasures(after(0), 10).await, Ok(vec![]));
        }
    }
}

async fn interrupt_after(writes: usize, is_banned: bool, next: Next) -> Option<bool> {
    let harness = Harness::new().await?;
    let alice = Alice::signs_up(&harness, is_banned).await;
    let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
    let answer = erase(&instance.stores(), alice.user, ErasureStep::Complete).await;
    if !proxy.is_severed() {
        assert_eq!(answer, Ok(true));
        harness.assert_no_trace(alice.user).await;
        harness.assert_forgotten("Alice").await;
        return Some(false);
    }
    assert!(answer.is_err(), "{answer:?}");
    let stores = &harness.stores;
    if writes == 0 {
        assert!(stores.accounts.find_user(alice.user).await.unwrap().is_some());
        assert_eq!(stores.accounts.identities(alice.user).await.unwrap().len(), 2);
        assert_eq!(open_conflicts(stores).await.unwrap().len(), 2);
        assert_eq!(stores.sessions.list_sessions(alice.user).await.unwrap().len(), 3);
        assert_eq!(erase(stores, alice.user, ErasureStep::Complete).await, Ok(true));
    } else {
        alice.assert_invisible(&harness).await;
        proceed(&harness, &alice, is_banned, next).await;
    }
    if matches!(next, Next::Login) && !is_banned && writes > 0 {
        // She has signed up again already.
        assert_eq!(stores.accounts.find_user(alice.user).await, Ok(None));
    } else {
        harness.assert_no_trace(alice.user).await;
        harness.assert_forgotten("Alice").await;
    }
    harness.assert_consistent().await;
    let expected = if is_banned {
        vec![AuditAction::UserDisabled, AuditAction::UserErased]
    } else {
        vec![AuditAction::UserErased]
    };
    assert_eq!(harness.audit_actions(alice.user).await, expected);
    assert_eq!(harness.revoked().await, alice.sessions);
    let back = [
        Sample::of("oAlice").at(3000),
        Sample::of("oAlice2").in_app(2).at(3001),
        Sample::of("oAlice3").in_app(3).with_union("uAlice").at(3002),
    ];
    for login in &back {
        let is_refused = login.outcome(stores).await == LoginOutcome::Disabled;
        assert_eq!(is_refused, is_banned, "a ban outlives the account");
    }
    assert_eq!(set_status(stores, alice.user, UserStatus::Active).await, Ok(None));
    for login in &back {
        assert_ne!(login.sign_in(stores).await.user.id, alice.user);
    }
    Some(true)
}

async fn interrupt_everywhere(is_banned: bool) {
    for next in NEXT {
        for writes in 0.. {
            match interrupt_after(writes, is_banned, next).await {
                Some(true) => assert!(writes < 100, "it never completes"),
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
async fn an_interrupted_erasure_is_not_visible_and_is_completed() {
    interrupt_everywhere(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ban_of_an_erased_user_survives_a_crash() {
    interrupt_everywhere(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lifting_a_ban_finishes_the_erasure_first() {
    for writes in 1.. {
        let Some(harness) = Harness::new().await else { return };
        let alice = Alice::signs_up(&harness, true).await;
        let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
        drop(erase(&instance.stores(), alice.user, ErasureStep::Complete).await);
        assert_eq!(set_status(&harness.stores, alice.user, UserStatus::Active).await, Ok(None));
        assert_eq!(
            harness.audit_actions(alice.user).await.len(),
            3,
            "banned, erased, enabled again"
        );
        assert!(Sample::of("oAlice").at(3000).sign_in(&harness.stores).await.is_new);
        if !proxy.is_severed() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_schedule_has_happened_or_not() {
    for writes in 0.. {
        let Some(harness) = Harness::new().await else { return };
        let alice = Alice::signs_up(&harness, false).await;
        let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
        let step = ErasureStep::Schedule(after(5000));
        let answer = erase(&instance.stores(), alice.user, step).await;
        assert_eq!(answer.is_ok(), writes > 0, "a written change is acknowledged");
        let stores = &harness.stores;
        let user = stores.accounts.find_user(alice.user).await.unwrap().unwrap();
        let key = session_key(stores, &Sample::of("oAlice").record().identity).await;
        if writes == 0 {
            assert_eq!((user.erase_at, key.unwrap().is_some()), (None, true));
            assert_eq!(stores.sessions.list_sessions(alice.user).await.unwrap().len(), 3);
            continue;
        }
        assert_eq!((user.erase_at, key), (Some(after(5000)), Ok(None)));
        assert_eq!(stores.sessions.list_sessions(alice.user).await, Ok(vec![]));
        assert_eq!(harness.revoked().await, alice.sessions);
        let identities = harness.all("identities").await;
        let of_bob = identities.iter().filter(|identity| identity.contains_key("session_key"));
        assert_eq!(of_bob.count(), 1, "no key of hers is left");
        // A late delivery must not remove a newer key.
        let back = Sample::of("oAlice").at(2000).restoring();
        back.sign_in(stores).await;
        harness.database.migrate().await.unwrap();
        let key = session_key(stores, &back.record().identity).await;
        assert_eq!(key, Ok(Some(back.record().session_key)));
        if !proxy.is_severed() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_came_after_an_unfinished_schedule_stays() {
    let Some(harness) = Harness::new().await else { return };
    let alice = Alice::signs_up(&harness, false).await;
    let (_proxy, instance) = InterruptingProxy::severed_after(1, &harness.scratch).await;
    let step = ErasureStep::Schedule(after(5000));
    assert_eq!(erase(&instance.stores(), alice.user, step).await, Ok(true));
    let back = Sample::of("oAlice").at(2000).restoring();
    let session = back.sign_in(&harness.stores).await.session;
    // Reading the feed delivers waiting entries.
    let ending = wxlogin_domain::ports::Ending::AllBut(session.id);
    assert_eq!(end(&harness.stores, alice.user, ending).await, Ok(0));
    assert_eq!(harness.revoked().await, alice.sessions);
    let key = session_key(&harness.stores, &back.record().identity).await;
    assert_eq!(key, Ok(Some(back.record().session_key)));
}

#[tokio::test(flavor = "multi_thread")]
async fn leftovers_of_an_interrupted_login_are_erased_with_the_user() {
    let Some(harness) = Harness::new().await else { return };
    let stores = &harness.stores;
    let user = Sample::of("oThere").in_app(2).sign_in(stores).await.user.id;
    let slow = Sample::of("oHere").with_union("uAlice");
    let (_proxy, instance) = InterruptingProxy::severed_after(2, &harness.scratch).await;
    drop(instance.stores().accounts.record_login(slow.record()).await);
    Sample::of("oThere").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
    set_status(stores, user, UserStatus::Disabled).await.unwrap();
    assert_eq!(erase(stores, user, ErasureStep::Complete).await, Ok(true));
    harness.assert_no_trace(user).await;
    harness.assert_forgotten("oHere").await;
    harness.assert_consistent().await;
    assert_eq!(slow.outcome(stores).await, LoginOutcome::Disabled, "it was her identity, too");
}
