//! How sessions are refreshed, ended and purged.

use std::time::Duration;

use futures_util::future::join_all;

use super::Sample;
use super::actions::{
    after, audit_event, end_as_reused, end_sessions, revoked_sessions, rotate, set_status,
};
use crate::model::{AuditAction, Generation, Session, UserStatus, VisibleApps};
use crate::ports::{Ending, KeyedTag, RotationOutcome, Stores};

pub async fn a_rotation_updates_generation_and_times(stores: &Stores) {
    let opened = Sample::of("oAlice").named("Alice").on_device("Mate 60").sign_in(stores).await;
    let RotationOutcome::Rotated { user, session } = rotate(stores, opened.session.id, 1, 77).await
    else {
        panic!("the rotation failed")
    };
    assert_eq!(user, opened.user);
    let expected = Session {
        generation: Generation(2),
        last_used_at: after(77),
        expires_at: after(60_077),
        ..opened.session
    };
    assert_eq!(session, expected);
    assert_eq!(stores.sessions.find_session(session.id).await, Ok(Some(session)));
}

pub async fn a_rotation_from_another_generation_changes_nothing(stores: &Stores) {
    let opened = Sample::of("oAlice").sign_in(stores).await;
    rotate(stores, opened.session.id, 1, 5).await;
    let stored = stores.sessions.find_session(opened.session.id).await.unwrap().unwrap();
    for from in [1, 3, u32::MAX] {
        let moved = rotate(stores, opened.session.id, from, 9).await;
        let expected =
            RotationOutcome::Moved { user: opened.user.clone(), session: stored.clone() };
        assert_eq!(moved, expected, "{from}");
    }
    assert_eq!(stores.sessions.find_session(stored.id).await, Ok(Some(stored)));
}

pub async fn only_one_of_many_concurrent_rotations_wins(stores: &Stores) {
    let opened = Sample::of("oAlice").sign_in(stores).await;
    for generation in 1..=3 {
        let tasks = (0..32).map(|n| {
            let (stores, id) = (stores.clone(), opened.session.id);
            tokio::spawn(async move { rotate(&stores, id, generation, n).await })
        });
        let mut won = 0;
        let mut seen = Vec::new();
        for outcome in join_all(tasks).await {
            match outcome.unwrap() {
                RotationOutcome::Rotated { session, .. } => {
                    won += 1;
                    seen.push(session);
                }
                RotationOutcome::Moved { session, .. } => seen.push(session),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(won, 1, "generation {generation}");
        seen.dedup();
        assert_eq!(seen.len(), 1, "all get the same successor");
        assert_eq!(seen[0].generation, Generation(generation + 1));
    }
}

pub async fn rotating_an_unknown_session_returns_gone(stores: &Stores) {
    let id = Sample::of("oNobody").record().session.id;
    assert_eq!(rotate(stores, id, 1, 5).await, RotationOutcome::Gone);
}

pub async fn no_refresh_succeeds_after_a_ban_returned(stores: &Stores) {
    let opened = Sample::of("oAlice").sign_in(stores).await;
    let refreshing = async {
        for generation in 1.. {
            match rotate(stores, opened.session.id, generation, 5).await {
                RotationOutcome::Rotated { .. } => tokio::task::yield_now().await,
                RotationOutcome::Disabled => return generation,
                other => panic!("{other:?}"),
            }
        }
        0
    };
    let ban = set_status(stores, opened.user.id, UserStatus::Disabled);
    let (stopped_at, _) = tokio::join!(refreshing, ban);
    let late = rotate(stores, opened.session.id, stopped_at, 6).await;
    assert_eq!(late, RotationOutcome::Disabled);
}

pub async fn sessions_are_listed_most_recently_used_first(stores: &Stores) {
    let first = Sample::of("oAlice").at(1).sign_in(stores).await.session;
    let second = Sample::of("oAlice").at(2).until(3).sign_in(stores).await.session;
    let bob = Sample::of("oBob").at(3).sign_in(stores).await.session;
    let RotationOutcome::Rotated { session: first, .. } = rotate(stores, first.id, 1, 9).await
    else {
        panic!("the rotation failed")
    };
    let listed = stores.sessions.list_sessions(first.user_id).await;
    assert_eq!(listed, Ok(vec![first.clone(), second]));
    assert_eq!(stores.sessions.list_sessions(bob.user_id).await, Ok(vec![bob]));
}

pub async fn ending_a_session_revokes_it(stores: &Stores) {
    let one = Sample::of("oAlice").sign_in(stores).await.session;
    let other = Sample::of("oAlice").at(1).sign_in(stores).await.session;
    let event = end_as_reused(stores, &one).await;
    assert_eq!(stores.sessions.find_session(one.id).await, Ok(None));
    assert_eq!(stores.sessions.find_session(other.id).await, Ok(Some(other)));
    let feed = stores.sessions.revocations(None, 100).await.unwrap();
    assert_eq!(feed.revocations.len(), 1);
    assert_eq!(feed.revocations[0].subject, one.id.into());
    assert_eq!(feed.revocations[0].until, Sample::EXPIRY);
    // A session that has ended cannot end again, and nothing more is audited.
    let late = audit_event(AuditAction::RefreshTokenReused, one.user_id, after(6));
    assert_eq!(end_sessions(stores, one.user_id, Ending::One(one.id), Some(late)).await, 0);
    assert_eq!(stores.audit.page_audit(&VisibleApps::All, None, None, 10).await, Ok(vec![event]));
}

pub async fn another_users_session_cannot_be_ended(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.session;
    let bob = Sample::of("oBob").sign_in(stores).await.session;
    assert_eq!(end_sessions(stores, bob.user_id, Ending::One(alice.id), None).await, 0);
    assert_eq!(stores.sessions.find_session(alice.id).await, Ok(Some(alice)));
    assert_eq!(revoked_sessions(stores).await, vec![]);
}

pub async fn all_sessions_but_one_can_be_ended(stores: &Stores) {
    let kept = Sample::of("oAlice").sign_in(stores).await.session;
    let bob = Sample::of("oBob").sign_in(stores).await.session;
    let mut ended = Vec::new();
    for at in 1..4 {
        ended.push(Sample::of("oAlice").at(at).sign_in(stores).await.session.id);
    }
    assert_eq!(end_sessions(stores, kept.user_id, Ending::AllBut(kept.id), None).await, 3);
    assert_eq!(stores.sessions.list_sessions(kept.user_id).await, Ok(vec![kept]));
    assert_eq!(stores.sessions.list_sessions(bob.user_id).await, Ok(vec![bob]));
    ended.sort_unstable();
    assert_eq!(revoked_sessions(stores).await, ended);
}

pub async fn a_session_ended_by_the_limit_is_revoked(stores: &Stores) {
    let over = Sample::of("oAlice").at(1).until(4).limited_to(2).sign_in(stores).await.session;
    let old = Sample::of("oAlice").at(2).limited_to(2).sign_in(stores).await.session;
    Sample::of("oAlice").at(5).limited_to(2).sign_in(stores).await;
    assert_eq!(revoked_sessions(stores).await, vec![], "{:?} had expired", over.id);
    Sample::of("oAlice").at(6).limited_to(2).sign_in(stores).await;
    assert_eq!(revoked_sessions(stores).await, vec![old.id]);
}

pub async fn the_feed_returns_new_revocations(stores: &Stores) {
    let one = Sample::of("oAlice").sign_in(stores).await.session;
    let two = Sample::of("oAlice").at(1).sign_in(stores).await.session;
    let empty = stores.sessions.revocations(None, 100).await.unwrap();
    assert_eq!(empty.revocations, vec![]);
    end_sessions(stores, one.user_id, Ending::One(one.id), None).await;
    let first = stores.sessions.revocations(Some(empty.read_at.into()), 100).await.unwrap();
    assert_eq!(first.revocations.len(), 1);
    assert!(first.read_at >= empty.read_at);
    end_sessions(stores, two.user_id, Ending::One(two.id), None).await;
    let second = stores.sessions.revocations(Some(first.read_at.into()), 100).await.unwrap();
    assert!(second.revocations.iter().any(|one| one.subject == two.id.into()));
    // The database's time advances, so old revocations are no longer returned.
    let mut tries = 0;
    loop {
        let since = stores.sessions.revocations(None, 100).await.unwrap().read_at;
        let since = since.plus(Duration::from_millis(1));
        if stores
            .sessions
            .revocations(Some(since.into()), 100)
            .await
            .unwrap()
            .revocations
            .is_empty()
        {
            break;
        }
        tries += 1;
        assert!(tries < 1000, "the feed returns old revocations for ever");
    }
    assert_eq!(stores.sessions.revocations(None, 100).await.unwrap().revocations.len(), 2);
}

pub async fn the_feed_is_read_in_pages(stores: &Stores) {
    let mut ended = Vec::new();
    for at in 0..7 {
        let session = Sample::of("oAlice").at(at).sign_in(stores).await.session;
        ended.push((session.user_id, session.id));
    }
    // Six at the same time, then one.
    assert_eq!(end_sessions(stores, ended[0].0, Ending::AllBut(ended[6].1), None).await, 6);
    end_sessions(stores, ended[6].0, Ending::One(ended[6].1), None).await;
    let (mut from, mut read) = (None, Vec::new());
    loop {
        let page = stores.sessions.revocations(from, 2).await.unwrap();
        assert!(page.revocations.len() <= 2);
        read.extend(page.revocations.iter().map(|one| one.subject));
        assert!(read.len() <= ended.len(), "each once");
        let Some(next) = page.next else { break };
        from = Some(next);
    }
    assert_eq!(read.last(), Some(&ended[6].1.into()), "the latest comes last");
    let mut expected = ended.iter().map(|(_, id)| (*id).into()).collect::<Vec<_>>();
    read.sort_unstable();
    expected.sort_unstable();
    assert_eq!(read, expected, "each once");
}

pub async fn a_replay_is_found_by_its_key(stores: &Stores) {
    let login = Sample::of("oAlice").named("Alice").replayable(7);
    let opened = login.sign_in(stores).await;
    let found = stores.sessions.find_replay(KeyedTag([7; 32])).await.unwrap().unwrap();
    assert_eq!((found.user, found.session), (opened.user, opened.session.clone()));
    assert_eq!(found.fingerprint, login.record().replay.unwrap().fingerprint);
    assert_eq!(stores.sessions.find_replay(KeyedTag([8; 32])).await, Ok(None));
    let session = opened.session;
    end_sessions(stores, session.user_id, Ending::One(session.id), None).await;
    assert_eq!(stores.sessions.find_replay(KeyedTag([7; 32])).await, Ok(None));
}

pub async fn a_purge_removes_expired_rows(stores: &Stores) {
    let over = Sample::of("oAlice").until(10).replayable(1).sign_in(stores).await.session;
    let old = Sample::of("oBob").at(1).replayable(2).sign_in(stores).await.session;
    let young = Sample::of("oCarol").at(50).replayable(3).sign_in(stores).await.session;
    let ended = Sample::of("oCarol").at(51).sign_in(stores).await.session;
    end_sessions(stores, ended.user_id, Ending::One(ended.id), None).await;
    let purged = stores.sessions.purge(after(10), after(40), 100).await.unwrap();
    assert_eq!((purged.sessions, purged.replays, purged.revocations), (1, 1, 0));
    assert_eq!(stores.sessions.find_session(over.id).await, Ok(None));
    assert_eq!(stores.sessions.find_session(old.id).await, Ok(Some(old)));
    assert_eq!(stores.sessions.find_replay(KeyedTag([2; 32])).await, Ok(None));
    let kept = stores.sessions.find_replay(KeyedTag([3; 32])).await.unwrap().unwrap();
    assert_eq!(kept.session, young);
    let purged = stores.sessions.purge(Sample::EXPIRY, after(40), 100).await.unwrap();
    assert_eq!(purged.revocations, 1);
    assert_eq!(revoked_sessions(stores).await, vec![]);
}

pub async fn a_purge_removes_no_more_than_its_limit(stores: &Stores) {
    for n in 0..5 {
        Sample::of(&format!("oPerson{n}")).until(10).sign_in(stores).await;
    }
    let mut removed = 0;
    for _ in 0..5 {
        let step = stores.sessions.purge(after(10), after(0), 2).await.unwrap().sessions;
        assert!(step <= 2);
        removed += step;
    }
    assert_eq!(removed, 5);
    let nothing = stores.sessions.purge(after(10), after(0), 2).await.unwrap();
    assert_eq!(nothing.sessions, 0);
}
