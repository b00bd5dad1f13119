//! How a login opens a session, and the session limit.

use super::Sample;
use crate::model::{Generation, SessionId};
use crate::ports::{LoginOutcome, Replayed, Stores};

async fn exists(stores: &Stores, id: SessionId) -> bool {
    stores.sessions.find_session(id).await.unwrap().is_some()
}

pub async fn a_login_stores_its_session(stores: &Stores) {
    let login = Sample::of("oAlice").on_device("Mate 60 Pro").at(3);
    let signed_in = login.sign_in(stores).await;
    let session = signed_in.session;
    assert_eq!(session.id, login.record().session.id);
    assert_eq!(session.user_id, signed_in.user.id);
    assert_eq!(session.app_id, login.record().identity.app_id);
    assert_eq!(session.device, login.record().session.device);
    assert_eq!(session.created_at, login.record().now);
    assert_eq!(session.expires_at, login.record().session.expires_at);
    assert_eq!(session.ends_at, login.record().session.ends_at);
    assert_eq!(session.open_id, login.record().identity.open_id);
    assert_eq!(session.generation, Generation::FIRST);
    assert_eq!(session.salt, login.record().session.salt);
    assert_eq!(session.last_used_at, session.created_at);
    assert_eq!(stores.sessions.find_session(session.id).await, Ok(Some(session)));
}

pub async fn the_session_limit_ends_the_oldest_session(stores: &Stores) {
    let second = Sample::of("oAlice").at(2).limited_to(2).sign_in(stores).await.session.id;
    let first = Sample::of("oAlice").at(1).limited_to(2).sign_in(stores).await.session.id;
    let bob = Sample::of("oBob").limited_to(2).sign_in(stores).await.session.id;
    let third = Sample::of("oAlice").at(3).limited_to(2).sign_in(stores).await.session.id;
    assert!(!exists(stores, first).await);
    assert!(exists(stores, second).await);
    assert!(exists(stores, third).await);
    assert!(exists(stores, bob).await, "other users' sessions do not change");
}

pub async fn the_session_limit_removes_expired_sessions_first(stores: &Stores) {
    let old = Sample::of("oAlice").at(1).limited_to(2).sign_in(stores).await.session.id;
    let over = Sample::of("oAlice").at(2).until(10).limited_to(2).sign_in(stores).await.session.id;
    Sample::of("oAlice").at(20).limited_to(2).sign_in(stores).await;
    assert!(exists(stores, old).await);
    assert!(!exists(stores, over).await);
}

pub async fn a_session_limit_of_one_keeps_the_new_session(stores: &Stores) {
    let first = Sample::of("oAlice").at(5).limited_to(1).sign_in(stores).await.session.id;
    // It arrives late, but it is the new session.
    let second = Sample::of("oAlice").at(4).limited_to(1).sign_in(stores).await.session.id;
    assert!(!exists(stores, first).await);
    assert!(exists(stores, second).await);
}

pub async fn a_replayed_login_opens_no_second_session(stores: &Stores) {
    let first = Sample::of("oAlice").named("Alice").replayable(7).sign_in(stores).await;
    let again = Sample::of("oAlice").named("Alicia").replayable(7).at(5);
    assert_eq!(
        again.outcome(stores).await,
        LoginOutcome::Replayed(Replayed {
            user: first.user,
            session: first.session,
            fingerprint: again.record().replay.unwrap().fingerprint,
        })
    );
    assert!(!exists(stores, again.record().session.id).await);
    let other = Sample::of("oAlice").replayable(8).at(6);
    assert!(matches!(other.outcome(stores).await, LoginOutcome::SignedIn { .. }));
}

pub async fn a_replay_after_the_session_expired_opens_a_new_one(stores: &Stores) {
    Sample::of("oAlice").replayable(7).until(10).sign_in(stores).await;
    let again = Sample::of("oAlice").replayable(7).at(11);
    let session = again.sign_in(stores).await.session;
    assert_eq!(session.id, again.record().session.id);
}

pub async fn a_replay_key_finds_only_the_users_own_session(stores: &Stores) {
    let alice = Sample::of("oAlice").replayable(7).sign_in(stores).await;
    let bob = Sample::of("oBob").replayable(7).at(1).sign_in(stores).await;
    assert_ne!(bob.user.id, alice.user.id);
    assert_ne!(bob.session.id, alice.session.id);
    assert!(exists(stores, alice.session.id).await);
    assert!(exists(stores, bob.session.id).await);
    let again = Sample::of("oAlice").replayable(7).at(2).outcome(stores).await;
    assert!(matches!(again, LoginOutcome::Replayed(found) if found.session.id == alice.session.id));
}
