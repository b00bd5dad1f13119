//! How sessions go on and end.

use std::time::Duration;

use futures_util::future::join_all;

use super::Sample;
use super::status;
use crate::model::{
    AuditAction, AuditEvent, Generation, Session, SessionId, Timestamp, UserStatus,
};
use crate::ports::{EndSessions, Ending, KeyedTag, Rotation, RotationOutcome, Stores};

fn after(millis: u64) -> Timestamp {
    Sample::START.plus(Duration::from_millis(millis))
}

/// Refreshes with this generation, so many milliseconds after the start.
pub(super) async fn rotate(
    stores: &Stores,
    session_id: SessionId,
    from: u32,
    at: u64,
) -> RotationOutcome {
    let now = after(at);
    let expires_at = now.plus(Duration::from_mins(1));
    let rotation = Rotation { session_id, from: Generation(from), expires_at, now };
    stores.sessions.rotate(rotation).await.unwrap()
}

/// Everything that was ever revoked, in order.
pub(super) async fn revoked_sessions(stores: &Stores) -> Vec<SessionId> {
    let feed = stores.sessions.revocations(None).await.unwrap();
    let mut revoked = feed
        .revocations
        .iter()
        .map(|one| SessionId::from_uuid(one.subject.as_uuid()))
        .collect::<Vec<_>>();
    revoked.sort_unstable();
    revoked
}

fn end(session: &Session, ending: Ending) -> EndSessions {
    EndSessions {
        user_id: session.user_id,
        ending,
        tokens_until: Sample::TOKENS_UNTIL,
        event: None,
    }
}

/// Ends the session as if an old refresh token of it had been used.
pub(super) async fn end_as_reused(stores: &Stores, session: &Session) -> AuditEvent {
    let event = status::event(AuditAction::RefreshTokenReused, session.user_id, after(5));
    let event = event.of_session(session.id);
    let ending =
        EndSessions { event: Some(event.clone()), ..end(session, Ending::One(session.id)) };
    assert_eq!(stores.sessions.end_sessions(ending).await, Ok(1));
    event
}

pub async fn a_rotation_moves_generation_and_times(stores: &Stores) {
    let opened = Sample::of("oAlice").named("Alice").on_device("Mate 60").sign_in(stores).await;
    let RotationOutcome::Rotated { user, session } = rotate(stores, opened.session.id, 1, 77).await
    else {
        panic!("it was the first")
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

pub async fn of_many_rotations_at_once_one_wins(stores: &Stores) {
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
        assert_eq!(seen.len(), 1, "everyone is shown the same successor");
        assert_eq!(seen[0].generation, Generation(generation + 1));
    }
}

pub async fn a_session_that_is_not_there_is_gone(stores: &Stores) {
    let id = Sample::of("oNobody").record().session.id;
    assert_eq!(rotate(stores, id, 1, 5).await, RotationOutcome::Gone);
}

pub async fn a_ban_that_is_acknowledged_lets_no_later_refresh_through(stores: &Stores) {
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
    let ban = status::set(stores, opened.user.id, UserStatus::Disabled);
    let (stopped_at, _) = tokio::join!(refreshing, ban);
    let late = rotate(stores, opened.session.id, stopped_at, 6).await;
    assert_eq!(late, RotationOutcome::Disabled);
}

pub async fn sessions_are_listed_latest_used_first(stores: &Stores) {
    let first = Sample::of("oAlice").at(1).sign_in(stores).await.session;
    let second = Sample::of("oAlice").at(2).until(3).sign_in(stores).await.session;
    let bob = Sample::of("oBob").at(3).sign_in(stores).await.session;
    let RotationOutcome::Rotated { session: first, .. } = rotate(stores, first.id, 1, 9).await
    else {
        panic!("it was the first")
    };
    let listed = stores.sessions.list_sessions(first.user_id).await;
    assert_eq!(listed, Ok(vec![first.clone(), second]));
    assert_eq!(stores.sessions.list_sessions(bob.user_id).await, Ok(vec![bob]));
}

pub async fn one_session_ends_and_is_revoked(stores: &Stores) {
    let one = Sample::of("oAlice").sign_in(stores).await.session;
    let other = Sample::of("oAlice").at(1).sign_in(stores).await.session;
    let event = end_as_reused(stores, &one).await;
    assert_eq!(stores.sessions.find_session(one.id).await, Ok(None));
    assert_eq!(stores.sessions.find_session(other.id).await, Ok(Some(other)));
    let feed = stores.sessions.revocations(None).await.unwrap();
    assert_eq!(feed.revocations.len(), 1);
    assert_eq!(feed.revocations[0].subject, one.id.into());
    assert_eq!(feed.revocations[0].until, Sample::TOKENS_UNTIL);
    // What has ended does not end again, and is not told twice.
    let late = status::event(AuditAction::RefreshTokenReused, one.user_id, after(6));
    let ending = EndSessions { event: Some(late), ..end(&one, Ending::One(one.id)) };
    assert_eq!(stores.sessions.end_sessions(ending).await, Ok(0));
    assert_eq!(stores.audit.page_audit(None, None, 10).await, Ok(vec![event]));
}

pub async fn nobody_ends_another_users_session(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.session;
    let bob = Sample::of("oBob").sign_in(stores).await.session;
    let stolen = EndSessions { user_id: bob.user_id, ..end(&alice, Ending::One(alice.id)) };
    assert_eq!(stores.sessions.end_sessions(stolen).await, Ok(0));
    assert_eq!(stores.sessions.find_session(alice.id).await, Ok(Some(alice)));
    assert_eq!(revoked_sessions(stores).await, vec![]);
}

pub async fn all_other_sessions_end(stores: &Stores) {
    let kept = Sample::of("oAlice").sign_in(stores).await.session;
    let bob = Sample::of("oBob").sign_in(stores).await.session;
    let mut ended = Vec::new();
    for at in 1..4 {
        ended.push(Sample::of("oAlice").at(at).sign_in(stores).await.session.id);
    }
    assert_eq!(stores.sessions.end_sessions(end(&kept, Ending::AllBut(kept.id))).await, Ok(3));
    assert_eq!(stores.sessions.list_sessions(kept.user_id).await, Ok(vec![kept]));
    assert_eq!(stores.sessions.list_sessions(bob.user_id).await, Ok(vec![bob]));
    ended.sort_unstable();
    assert_eq!(revoked_sessions(stores).await, ended);
}

pub async fn a_session_that_makes_room_is_revoked(stores: &Stores) {
    let over = Sample::of("oAlice").at(1).until(4).limited_to(2).sign_in(stores).await.session;
    let old = Sample::of("oAlice").at(2).limited_to(2).sign_in(stores).await.session;
    Sample::of("oAlice").at(5).limited_to(2).sign_in(stores).await;
    assert_eq!(revoked_sessions(stores).await, vec![], "{:?} was over", over.id);
    Sample::of("oAlice").at(6).limited_to(2).sign_in(stores).await;
    assert_eq!(revoked_sessions(stores).await, vec![old.id]);
}

pub async fn the_feed_gives_what_is_new(stores: &Stores) {
    let one = Sample::of("oAlice").sign_in(stores).await.session;
    let two = Sample::of("oAlice").at(1).sign_in(stores).await.session;
    let empty = stores.sessions.revocations(None).await.unwrap();
    assert_eq!(empty.revocations, vec![]);
    stores.sessions.end_sessions(end(&one, Ending::One(one.id))).await.unwrap();
    let first = stores.sessions.revocations(Some(empty.read_at)).await.unwrap();
    assert_eq!(first.revocations.len(), 1);
    assert!(first.read_at >= empty.read_at);
    stores.sessions.end_sessions(end(&two, Ending::One(two.id))).await.unwrap();
    let second = stores.sessions.revocations(Some(first.read_at)).await.unwrap();
    assert!(second.revocations.iter().any(|one| one.subject == two.id.into()));
    // The database's time goes on, so what is old is not given for ever.
    let mut tries = 0;
    loop {
        let since = stores.sessions.revocations(None).await.unwrap().read_at;
        let since = since.plus(Duration::from_millis(1));
        if stores.sessions.revocations(Some(since)).await.unwrap().revocations.is_empty() {
            break;
        }
        tries += 1;
        assert!(tries < 1000, "the feed never forgets");
    }
    assert_eq!(stores.sessions.revocations(None).await.unwrap().revocations.len(), 2);
}

pub async fn a_replay_is_found_by_its_key(stores: &Stores) {
    let login = Sample::of("oAlice").named("Alice").replayable(7);
    let opened = login.sign_in(stores).await;
    let found = stores.sessions.find_replay(KeyedTag([7; 32])).await.unwrap().unwrap();
    assert_eq!((found.user, found.session), (opened.user, opened.session.clone()));
    assert_eq!(found.fingerprint, login.record().replay.unwrap().fingerprint);
    assert_eq!(stores.sessions.find_replay(KeyedTag([8; 32])).await, Ok(None));
    let ending = Ending::One(opened.session.id);
    stores.sessions.end_sessions(end(&opened.session, ending)).await.unwrap();
    assert_eq!(stores.sessions.find_replay(KeyedTag([7; 32])).await, Ok(None));
}

pub async fn a_purge_removes_what_is_over(stores: &Stores) {
    let over = Sample::of("oAlice").until(10).replayable(1).sign_in(stores).await.session;
    let old = Sample::of("oBob").at(1).replayable(2).sign_in(stores).await.session;
    let young = Sample::of("oCarol").at(50).replayable(3).sign_in(stores).await.session;
    let ended = Sample::of("oCarol").at(51).sign_in(stores).await.session;
    stores.sessions.end_sessions(end(&ended, Ending::One(ended.id))).await.unwrap();
    let purged = stores.sessions.purge(after(10), after(40), 100).await.unwrap();
    assert_eq!((purged.sessions, purged.replays, purged.revocations), (1, 1, 0));
    assert_eq!(stores.sessions.find_session(over.id).await, Ok(None));
    assert_eq!(stores.sessions.find_session(old.id).await, Ok(Some(old)));
    assert_eq!(stores.sessions.find_replay(KeyedTag([2; 32])).await, Ok(None));
    let kept = stores.sessions.find_replay(KeyedTag([3; 32])).await.unwrap().unwrap();
    assert_eq!(kept.session, young);
    let purged = stores.sessions.purge(Sample::TOKENS_UNTIL, after(40), 100).await.unwrap();
    assert_eq!(purged.revocations, 1);
    assert_eq!(revoked_sessions(stores).await, vec![]);
}

pub async fn a_purge_goes_in_small_steps(stores: &Stores) {
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
