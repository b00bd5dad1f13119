//! What the cases do to a store besides signing in. Times are milliseconds after
//! [`Sample::START`](super::Sample::START).

use std::sync::Arc;
use std::time::Duration;

use super::Sample;
use crate::model::{
    Actor, AuditAction, AuditEvent, ClientId, Generation, IdentityKey, Reason, SealedPhone,
    Session, SessionId, Timestamp, UnionConflict, User, UserId, UserStatus, UserType, VisibleApps,
};
use crate::ports::{
    EndSessions, Ending, Erasure, ErasureStep, IdentityErasure, KeyedTag, Merge, MergeOutcome,
    NewPhone, PhoneOutcome, Rotation, RotationOutcome, Sealed, SealedSessionKey, StoreError,
    Stores, UserChange,
};
use crate::testing::SequenceRandomness;

/// The time this many milliseconds after the start.
pub(super) fn after(millis: u64) -> Timestamp {
    Sample::START.plus(Duration::from_millis(millis))
}

/// Makes an audit event with an id of its own.
pub(super) fn audit_event(action: AuditAction, id: UserId, now: Timestamp) -> AuditEvent {
    let mut event = AuditEvent::new(action, id, now, &SequenceRandomness::default());
    event.id = Sample::of("oEvent").record().new_user_id.as_uuid();
    event
}

/// The change of a user that an operator makes after one second, without any field yet.
pub(super) fn user_change(id: UserId, action: AuditAction) -> UserChange {
    UserChange {
        apps: VisibleApps::All,
        user_id: id,
        status: None,
        user_type: None,
        tokens_until: Sample::TOKENS_UNTIL,
        events: vec![audit_event(action, id, after(1000))],
        now: after(1000),
    }
}

/// Sets the status as an operator does, after one second.
pub(super) async fn set_status(stores: &Stores, id: UserId, status: UserStatus) -> Option<User> {
    let action = match status {
        UserStatus::Active => AuditAction::UserEnabled,
        UserStatus::Disabled => AuditAction::UserDisabled,
    };
    let change = UserChange { status: Some(status), ..user_change(id, action) };
    stores.accounts.change_user(change).await.unwrap().user()
}

/// Returns every conflict, oldest first.
pub async fn open_conflicts(stores: &Stores) -> Result<Vec<UnionConflict>, StoreError> {
    stores.conflicts.page_conflicts(&VisibleApps::All, None, None, 100).await
}

/// Changes everything that an operator can change: type and status.
pub(super) async fn set_type_and_ban(stores: &Stores, id: UserId) {
    let mut change = user_change(id, AuditAction::UserTypeChanged);
    change.user_type = Some(UserType(7));
    change.status = Some(UserStatus::Disabled);
    change.events.push(audit_event(AuditAction::UserDisabled, id, change.now));
    change.events[0].actor = Some(Actor::Client(ClientId::parse("console").unwrap()));
    change.events[0].reason = Some(Reason::parse("ticket-4711").unwrap());
    let changed = stores.accounts.change_user(change.clone()).await.unwrap().user().unwrap();
    assert_eq!((changed.user_type, changed.status), (UserType(7), UserStatus::Disabled));
    assert_eq!(changed.updated_at, change.now);
    assert_eq!(stores.accounts.find_user(id).await, Ok(Some(changed)));
    change.events.sort_by_key(|event| event.id);
    assert_eq!(
        stores.audit.page_audit(&VisibleApps::All, Some(id), None, 10).await,
        Ok(change.events)
    );
}

/// Refreshes with the token of this generation.
pub(super) async fn rotate(
    stores: &Stores,
    session_id: SessionId,
    from: u32,
    at: u64,
) -> RotationOutcome {
    let (from, idle, now) = (Generation(from), Duration::from_mins(1), after(at));
    let rotation = Rotation { session_id, from, is_authentic: Arc::new(|_| true), idle, now };
    stores.sessions.rotate(rotation).await.unwrap()
}

/// Returns every revoked subject as a session id, sorted.
pub(super) async fn revoked_sessions(stores: &Stores) -> Vec<SessionId> {
    let feed = stores.sessions.revocations(None, 100).await.unwrap();
    let mut revoked = feed
        .revocations
        .iter()
        .map(|one| SessionId::from_uuid(one.subject.as_uuid()))
        .collect::<Vec<_>>();
    revoked.sort_unstable();
    revoked
}

/// Ends sessions of the user. Returns how many.
pub(super) async fn end_sessions(
    stores: &Stores,
    user_id: UserId,
    ending: Ending,
    event: Option<AuditEvent>,
) -> u64 {
    let ending = EndSessions { user_id, ending, tokens_until: Sample::TOKENS_UNTIL, event };
    stores.sessions.end_sessions(ending).await.unwrap()
}

/// Ends the session as if an old refresh token had been reused. Returns the audit event.
pub(super) async fn end_as_reused(stores: &Stores, session: &Session) -> AuditEvent {
    let event = audit_event(AuditAction::RefreshTokenReused, session.user_id, after(5));
    let event = event.of_session(session.id);
    let ending = Ending::One(session.id);
    assert_eq!(end_sessions(stores, session.user_id, ending, Some(event.clone())).await, 1);
    event
}

/// Takes a step of an erasure. Returns what the store answers.
pub(super) async fn erase_user(
    stores: &Stores,
    user_id: UserId,
    step: ErasureStep,
    at: u64,
) -> bool {
    stores.accounts.erase(erasure(user_id, step, at)).await.unwrap()
}

/// A step of an erasure.
pub(super) fn erasure(user_id: UserId, step: ErasureStep, at: u64) -> Erasure {
    let action = match step {
        ErasureStep::Schedule(_) => AuditAction::ErasureRequested,
        ErasureStep::Complete | ErasureStep::CompleteIfDue => AuditAction::UserErased,
    };
    let event = audit_event(action, user_id, after(at));
    Erasure { apps: VisibleApps::All, user_id, step, tokens_until: Sample::TOKENS_UNTIL, event }
}

/// Erases one identity. Returns the user it belonged to.
pub(super) async fn erase_identity(stores: &Stores, identity: &IdentityKey) -> Option<UserId> {
    // The store fills in the user.
    let nobody = Sample::of("oNobody").record().new_user_id;
    let event = audit_event(AuditAction::IdentityErased, nobody, after(9));
    let tokens_until = Sample::TOKENS_UNTIL;
    let erasure = IdentityErasure { identity: identity.clone(), tokens_until, event };
    stores.accounts.erase_identity(erasure).await.unwrap()
}

/// Merges two users; the winner gets `phone`.
pub(super) async fn merge_with_phone(
    stores: &Stores,
    winner: UserId,
    loser: UserId,
    phone: Option<SealedPhone>,
) -> MergeOutcome {
    let event = |user| audit_event(AuditAction::UsersMerged, user, after(50));
    let (event, loser_event) = (event(winner), event(loser));
    let tokens_until = Sample::TOKENS_UNTIL;
    let merge =
        Merge { apps: VisibleApps::All, winner, loser, phone, tokens_until, event, loser_event };
    stores.accounts.merge(merge).await.unwrap()
}

/// Merges two users without touching their phone numbers.
pub(super) async fn merge(stores: &Stores, winner: UserId, loser: UserId) -> MergeOutcome {
    merge_with_phone(stores, winner, loser, None).await
}

/// Whether two users were merged.
pub(super) fn is_merged(outcome: &MergeOutcome) -> bool {
    matches!(outcome, MergeOutcome::Merged(_))
}

/// A phone number that differs for each digit.
pub(super) fn phone(digit: u8) -> SealedPhone {
    SealedPhone { sealed: Sealed(vec![digit; 50]), tag: KeyedTag([digit; 32]) }
}

/// Gives the user the phone number with this digit.
pub(super) async fn set_phone(stores: &Stores, user_id: UserId, digit: u8) -> PhoneOutcome {
    let (phone, previous_tags) = (phone(digit), Vec::new());
    let phone = NewPhone { user_id, phone, previous_tags, now: after(7) };
    stores.accounts.set_phone(phone).await.unwrap()
}

/// Returns the session key of the identity's latest login.
pub(super) async fn session_key(
    stores: &Stores,
    identity: &IdentityKey,
) -> Result<Option<SealedSessionKey>, StoreError> {
    Ok(stores.session_keys.find_session_keys(identity).await?.map(|keys| keys.current))
}
