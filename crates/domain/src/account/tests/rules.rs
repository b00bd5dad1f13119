//! What the properties do not say.

use super::world::{Step, World, identity};
use crate::account::{
    Erasure, ErasureStep, LoginOutcome, OnErasing, Rotation, RotationOutcome, UnitOfWork,
};
use crate::model::{
    AuditAction, AuditEvent, Generation, Session, Timestamp, User, UserId, UserStatus,
};

fn log_in(number: usize, union_id: Option<usize>) -> Step {
    Step::LogIn { identity: number, union_id, on_erasing: OnErasing::Refuse, replay: None }
}

fn signed_in(outcome: Option<LoginOutcome>) -> (User, Session) {
    match outcome {
        Some(LoginOutcome::SignedIn { user, session, .. }) => (user, session),
        other => panic!("{other:?}"),
    }
}

fn rotation(session: &Session, from: Generation) -> Rotation {
    let at = Timestamp::from_millis(7_000);
    Rotation { session_id: session.id, from, expires_at: at, now: at }
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
    assert_eq!(rotated.expires_at, rotation.expires_at);
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
    let (id, session_id, actor, reason) = (uuid::Uuid::nil(), None, None, None);
    let event = AuditEvent { id, at, action, user_id, session_id, actor, reason };
    let erasure = Erasure { user_id, step: ErasureStep::Complete, tokens_until: at, event };
    let mut unit = UnitOfWork::default();
    assert!(!unit.missing(&erasure).is_empty());
    assert!(unit.missing(&erasure).is_empty());
}
