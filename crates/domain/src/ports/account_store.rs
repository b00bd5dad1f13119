use async_trait::async_trait;

use super::{KeyedTag, Sealed, StoreError};
use crate::model::{
    AuditEvent, Device, IdentityKey, Profile, Session, SessionId, Timestamp, UnionConflict,
    UnionId, User, UserId, UserStatus,
};

/// What to do with a person WeChat names for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnknown {
    /// Make a user.
    Create,
    /// Store nothing and say so.
    Refuse,
}

/// The session key of an identity, encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSessionKey {
    /// The key, sealed for its identity's row.
    pub sealed: Sealed,
    /// Its keyed tag.
    pub tag: KeyedTag,
}

/// Finds the session an earlier try of the same login has opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayKey(pub KeyedTag);

/// The session a login opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its id, made beforehand.
    pub id: SessionId,
    /// What the client calls its device.
    pub device: Option<Device>,
    /// When it is over at the latest.
    pub expires_at: Timestamp,
}

/// Everything one login writes. Ids are made beforehand, so that a repetition after an unknown
/// outcome changes nothing.
#[derive(Debug, Clone)]
pub struct LoginRecord {
    /// Whom WeChat named.
    pub identity: IdentityKey,
    /// The person's unionid, if WeChat named one.
    pub union_id: Option<UnionId>,
    /// The id of the user, should the person be new.
    pub new_user_id: UserId,
    /// The filtered profile.
    pub profile: Profile,
    /// WeChat's session key of this login.
    pub session_key: SealedSessionKey,
    /// The session to open.
    pub session: NewSession,
    /// How a repetition of this login will be recognised.
    pub replay: Option<ReplayKey>,
    /// What to do with a new person.
    pub on_unknown: OnUnknown,
    /// How many sessions the user may have, this one included; at least one.
    pub max_sessions: u32,
    /// When WeChat's answer came.
    pub now: Timestamp,
}

/// What became of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginOutcome {
    /// A session was opened.
    SignedIn {
        /// Whose, as stored now.
        user: User,
        /// Whether this login made the user.
        is_new: bool,
        /// The session.
        session: Session,
        /// A unionid that could not be taken over; recorded for the operator.
        union_conflict: Option<UnionConflict>,
    },
    /// An earlier try of this login had opened a session that still lives; nothing was written.
    Replayed {
        /// Whose it is.
        user: User,
        /// The session.
        session: Session,
    },
    /// The user is shut out; nothing was written.
    Disabled,
    /// The person is unknown and sign-up is closed; nothing was written.
    SignUpClosed,
}

/// Users and identities.
///
/// `record_login`:
/// - After `Ok`, everything is durable; after `Err`, either nothing or everything was written, and
///   the same record can be given again.
/// - An unknown identity gets the user that owns its unionid, else a new user with `new_user_id`,
///   the default type and the active status. A new user without a profile has neither name nor
///   picture.
/// - An (app, openid) belongs to one user, and a unionid is owned by one user, however many logins
///   run at once. Openids that differ in letter case are different people.
/// - Given profile fields replace the stored ones; absent ones leave them.
/// - `last_login_at` and the session key follow the latest `now`; an older login that arrives late
///   moves neither back. `updated_at` moves when the profile changes.
/// - A unionid that belongs to another user, or that differs from the identity's stored one, is
///   recorded as a conflict once and reported each time. Neither user nor identity changes for it.
/// - A unionid that turns up later and has no owner is owned by the identity's user from then on.
/// - The user's status is read in the same step: a user disabled before it is `Disabled`.
/// - `Disabled` and `SignUpClosed` write nothing.
/// - A session is opened. When the user then has more than `max_sessions`, those that are over and
///   then the oldest are removed; never the new one.
/// - A record whose replay key has opened a session of the same user that still lives is
///   `Replayed`. A replay key that another user's living session holds is as if there were none.
///   The same record, given again, opens no second session.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Writes a login, as told above.
    async fn record_login(&self, login: LoginRecord) -> Result<LoginOutcome, StoreError>;

    /// The user with this id, if there is one.
    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// Sets the status and writes the audit event in one step. Disabling ends every session of the
    /// user in that step. `updated_at` becomes the event's time. The changed user, or `None` and
    /// nothing written when there is no such user.
    async fn set_status(
        &self,
        id: UserId,
        status: UserStatus,
        event: AuditEvent,
    ) -> Result<Option<User>, StoreError>;

    /// The unionid conflicts that wait for an operator, oldest first.
    async fn union_conflicts(&self) -> Result<Vec<UnionConflict>, StoreError>;

    /// The sealed session key of an identity, if the identity exists.
    async fn session_key(
        &self,
        identity: &IdentityKey,
    ) -> Result<Option<SealedSessionKey>, StoreError>;
}
