use super::{Replay, SealedSessionKey, TokensUntil, Tombstones};
use crate::model::{
    Device, Generation, IdentityKey, Profile, Salt, Session, SessionId, Timestamp, UnionConflict,
    UnionId, User, UserId,
};
use crate::ports::KeyedTag;

/// The session that a login opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its id, made beforehand.
    pub id: SessionId,
    /// Its refresh token: the first, or none.
    pub generation: Generation,
    /// What its refresh tokens are made with.
    pub salt: Salt,
    /// What the client calls its device.
    pub device: Option<Device>,
    /// When it is over unless it is refreshed.
    pub expires_at: Timestamp,
    /// When it is over at the latest.
    pub ends_at: Timestamp,
}

impl NewSession {
    /// The session as it is once this user has signed in.
    #[must_use]
    pub fn opened(&self, user_id: UserId, identity: &IdentityKey, now: Timestamp) -> Session {
        Session {
            id: self.id,
            user_id,
            app_id: identity.app_id.clone(),
            open_id: identity.open_id.clone(),
            device: self.device.clone(),
            generation: self.generation,
            salt: self.salt,
            created_at: now,
            last_used_at: now,
            expires_at: self.expires_at,
            ends_at: self.ends_at,
        }
    }
}

/// What to do with a person WeChat names for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnknown {
    /// Make a user.
    Create,
    /// Store nothing and say so.
    Refuse,
}

/// What to do with a user who has asked for the account to be erased, before it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnErasing {
    /// Sign in as if the user had not asked.
    Restore,
    /// Store nothing and say so.
    Refuse,
}

/// A login that WeChat has confirmed. Ids are made beforehand, so that the same record can be given
/// again after an unknown outcome.
#[derive(Debug, Clone)]
pub struct LoginRecord {
    /// Whom WeChat named.
    pub identity: IdentityKey,
    /// The person's unionid, if WeChat named one.
    pub union_id: Option<UnionId>,
    /// The tags that recognise the person when a ban outlives the account.
    pub tombstones: Tombstones,
    /// The id of the user, should the person be new.
    pub new_user_id: UserId,
    /// The filtered profile.
    pub profile: Profile,
    /// WeChat's session key of this login.
    pub session_key: SealedSessionKey,
    /// Until when the session key that it replaces may still be tried.
    pub previous_key_until: Timestamp,
    /// The session to open.
    pub session: NewSession,
    /// How a repetition of this login will be recognised.
    pub replay: Option<Replay>,
    /// What to do with a new person.
    pub on_unknown: OnUnknown,
    /// What to do with a user whose account is about to be erased.
    pub on_erasing: OnErasing,
    /// How many sessions the user may have, this one included; at least one.
    pub max_sessions: u32,
    /// When access tokens of sessions that make room have expired by themselves.
    pub tokens_until: TokensUntil,
    /// When WeChat's answer came.
    pub now: Timestamp,
}

/// What became of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginOutcome {
    /// A session was opened.
    SignedIn {
        /// The session's user, as stored now.
        user: User,
        /// Whether this login made the user.
        is_new: bool,
        /// The session.
        session: Session,
        /// A unionid that could not be taken over; recorded for the operator.
        union_conflict: Option<UnionConflict>,
    },
    /// An earlier try of this login had opened a session that is still alive; nothing was written.
    Replayed(Replayed),
    /// The user is banned, or was banned when the account was erased; nothing was written.
    Disabled,
    /// The user has asked for the account to be erased; nothing was written.
    Erasing,
    /// The person is unknown and sign-up is closed; nothing was written.
    SignUpClosed,
}

/// What an earlier try of a login has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The session's user.
    pub user: User,
    /// The session.
    pub session: Session,
    /// The fingerprint of the request that opened it.
    pub fingerprint: KeyedTag,
}
