//! What the properties do not say.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::world::{Step, World, identity};
use crate::account::{
    EndSessions, Ending, Erasure, ErasureStep, LoginOutcome, LoginRecord, OnErasing, Rotation,
    RotationOutcome, StoredIdentity, TokensUntil, UnitOfWork,
};
use crate::model::{
    AuditAction, AuditEvent, Generation, Session, Timestamp, User, UserId, UserStatus, VisibleApps,
};
use crate::testing::SequenceRandomness;
use crate::testing::account_rows::AccountRows;
use crate::testing::contract::Sample;

fn log_in(number: usize, union_id: Option<usize>) -> Step {
    Step::LogIn { identity: number, union_id, on_erasing: OnErasing::Refuse, replay: None }
}

fn signed_in(outcome: Option<LoginOutcome>) -> (User, Session) {
    match outcome {
        Some(LoginOutcome::SignedIn { user, session, .. }) => (user, session),
        other => panic!("{other:?}"),
    }
}

fn tokens_until(now: Timestamp, until: Timestamp) -> TokensUntil {
    TokensUntil { now, access: until, original: until }
}

fn rotation(session: &Session, from: Generation) -> Rotation {
    let (idle, now) = (Duration::from_secs(7), session.created_at);
    Rotation { session_id: session.id, from, is_authentic: Arc::new(|_| true), idle, now }
}

#[test]
fn a_refresh_moves_to_the_next_generation_once() {
    let mut world = World::new(2, true);
    let (user, session) = signed_in(world.take(log_in(0, None)));
    let rotation = rotation(&session, Generation::FIRST);
    let rotated = match rotation.of(session, user.clone()) {
        RotationOutcome::Rotated { session, .. } => session,
        other => panic!("{other:?}"),
    };
    assert_eq!(rotated.generation, Generation::FIRST.next());
    assert_eq!(rotated.last_used_at, rotation.now);
    assert_eq!(rotated.expires_at, rotation.now.plus(rotation.idle).min(rotated.ends_at));
    assert!(matches!(rotation.of(rotated, user), RotationOutcome::Moved { .. }));
}

#[test]
fn a_banned_user_is_not_refreshed() {
    let mut world = World::new(2, true);
    let (mut user, session) = signed_in(world.take(log_in(0, None)));
    user.status = UserStatus::Disabled;
    let rotation = rotation(&session, Generation::FIRST);
    assert_eq!(rotation.of(session, user), RotationOutcome::Disabled);
}

#[test]
fn a_token_of_another_session_and_a_session_that_is_over_are_not_refreshed() {
    let mut world = World::new(2, true);
    let (user, session) = signed_in(world.take(log_in(0, None)));
    let mut rotation = rotation(&session, Generation::FIRST);
    rotation.now = session.expires_at;
    assert_eq!(rotation.of(session.clone(), user.clone()), RotationOutcome::Gone);
    rotation.now = session.created_at;
    rotation.is_authentic = Arc::new(|_| false);
    assert_eq!(rotation.of(session, user), RotationOutcome::Gone);
}

#[test]
fn an_import_does_not_lift_a_ban_that_outlived_the_account() {
    let mut world = World::new(2, true);
    let (user, _) = signed_in(world.take(log_in(0, None)));
    world.take(Step::Ban(user.id));
    world.take(Step::Erase(user.id, ErasureStep::Complete));
    world.take(Step::Import { identity: 0, legacy_id: 1, status: UserStatus::Active });
    assert_eq!(world.take(log_in(0, None)), Some(LoginOutcome::Disabled));
    let imported = world.rows.identities[&identity(0)].user_id;
    world.take(Step::Unban(imported));
    signed_in(world.take(log_in(0, None)));
}

#[test]
fn what_is_left_of_a_merged_user_does_not_change() {
    let mut world = World::new(2, true);
    let (winner, _) = signed_in(world.take(log_in(0, None)));
    let (loser, _) = signed_in(world.take(log_in(1, None)));
    world.take(Step::Merge { winner: winner.id, loser: loser.id });
    let before = world.rows.clone();
    world.take(Step::Rename(loser.id));
    assert!(world.rows == before);
}

#[test]
fn a_batch_knows_how_many_sessions_it_may_open() {
    let mut unit = UnitOfWork::default();
    let (user, other) = (Sample::of("oAlice").record(), Sample::of("oBob").record());
    let users = [&user, &other].map(|login| login.new_user_id);
    let of = |login: &LoginRecord, user_id| StoredIdentity {
        key: login.identity.clone(),
        user_id,
        tombstone: login.tombstones.identity,
        union_id: None,
        session_key: None,
        previous_session_key: None,
    };
    unit.load_identity(of(&user, users[0]));
    unit.load_identity(of(&other, users[1]));
    let limited = |login: &LoginRecord| LoginRecord { max_sessions: 10, ..login.clone() };
    let stranger = Sample::of("oStranger").record();
    let batch = [&user, &user, &user, &other, &stranger].map(limited);
    unit.missing(&batch[..]);
    let rooms = unit.missing(&batch[..]).session_lists;
    // The stranger may have the unionid of either.
    assert_eq!(rooms, [(users[0], 10 - 3 - 1), (users[1], 10 - 1 - 1)].into());
}

#[test]
fn a_session_that_makes_room_is_revoked_while_its_tokens_may_be_valid() {
    let mut opened = LoginRecord { max_sessions: 1, ..Sample::of("oAlice").record() };
    let lifetime = opened.tokens_until.access.since(opened.now);
    opened.session.expires_at = opened.now.plus(lifetime * 3);
    let is_revoked_after = |waited: Duration| {
        let mut rows = AccountRows::default();
        rows.run(&[opened.clone()][..], &BTreeMap::new()).unwrap();
        let mut next = LoginRecord { max_sessions: 1, ..Sample::of("oAlice").record() };
        next.now = opened.now.plus(waited);
        next.tokens_until = tokens_until(next.now, next.now.plus(lifetime));
        let (_, consequences) = rows.run(&[next][..], &BTreeMap::new()).unwrap();
        !consequences.revocations.is_empty()
    };
    assert!(is_revoked_after(lifetime));
    assert!(!is_revoked_after(lifetime + Duration::from_mins(5)));
}

#[test]
fn a_revocation_lasts_as_long_as_the_sessions_own_last_token() {
    let (minutes, week) = (Duration::from_mins(15), Duration::from_hours(168));
    let until_after = |generation: Generation, waited: Duration| {
        let mut login = LoginRecord::clone(&Sample::of("oAlice").record());
        login.session.generation = generation;
        login.session.expires_at = login.now.plus(week * 2);
        let mut rows = AccountRows::default();
        rows.run(&[login.clone()][..], &BTreeMap::new()).unwrap();
        let now = login.now.plus(waited);
        let tokens_until = TokensUntil { now, access: now.plus(minutes), original: now.plus(week) };
        let (user_id, ending) = (login.new_user_id, Ending::One(login.session.id));
        let end = EndSessions { user_id, ending, tokens_until, event: None };
        let (ended, consequences) = rows.run(&end, &BTreeMap::new()).unwrap();
        assert_eq!(ended, 1);
        consequences.revocations.values().map(|until| until.since(login.now)).next()
    };
    let second = Duration::from_secs(1);
    assert_eq!(until_after(Generation::FIRST, second), Some(minutes + second));
    // A login can be repeated, and a refresh, without a trace.
    let repeated = Duration::from_mins(5);
    assert_eq!(until_after(Generation::FIRST, minutes), Some(minutes + repeated));
    assert_eq!(until_after(Generation::FIRST, minutes + repeated), None);
    assert_eq!(until_after(Generation::NONE, second), Some(week + second));
    assert_eq!(until_after(Generation::NONE, minutes * 2), Some(week + repeated));
}

#[test]
fn one_unionid_makes_two_identities_one_user() {
    let mut world = World::new(2, true);
    let (user, _) = signed_in(world.take(log_in(0, Some(0))));
    let (same, _) = signed_in(world.take(log_in(2, Some(0))));
    assert_eq!(user.id, same.id);
}

#[test]
fn a_user_who_is_to_be_erased_is_told_so_and_can_come_back() {
    let mut world = World::new(2, true);
    let (user, _) = signed_in(world.take(log_in(0, None)));
    let later = Timestamp::from_millis(1_000_000);
    world.take(Step::Erase(user.id, ErasureStep::Schedule(later)));
    assert_eq!(world.take(log_in(0, None)), Some(LoginOutcome::Erasing));
    let (on_erasing, union_id, replay) = (OnErasing::Restore, None, None);
    let back = Step::LogIn { identity: 0, union_id, on_erasing, replay };
    assert_eq!(signed_in(world.take(back)).0.id, user.id);
}

#[test]
fn a_command_asks_for_its_keys_once() {
    let user_id = UserId::from_uuid(uuid::Uuid::nil());
    let (action, at) = (AuditAction::UserErased, Timestamp::from_millis(1));
    let event = AuditEvent::new(action, user_id, at, &SequenceRandomness::default());
    let (step, tokens_until) = (ErasureStep::Complete, tokens_until(at, at));
    let erasure = Erasure { apps: VisibleApps::All, user_id, step, tokens_until, event };
    let mut unit = UnitOfWork::default();
    assert!(!unit.missing(&erasure).is_empty());
    assert!(unit.missing(&erasure).is_empty());
}
