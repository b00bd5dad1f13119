//! The rows that the rules are about, as stores keep them.

use crate::model::{
    AppId, Generation, IdentityKey, Session, SessionId, Timestamp, UnionConflict, UnionId, User,
    UserId,
};
use crate::ports::{KeyedTag, Sealed};

/// A user, or what is left of one who was merged into another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUser {
    /// The account.
    pub user: User,
    /// The user whom this id means now, if the account was merged. That one can be merged, too.
    pub merged_into: Option<UserId>,
}

/// The session key of an identity, encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSessionKey {
    /// The key, sealed for its identity's row.
    pub sealed: Sealed,
    /// Its keyed tag.
    pub tag: KeyedTag,
}

/// The session keys of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionKeys {
    /// The key of the latest login.
    pub current: SealedSessionKey,
    /// The one before, sealed for the same place, and until when it may still be tried.
    pub previous: Option<(Sealed, Timestamp)>,
}

/// Whose an identity is, and the session keys that WeChat gave for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredIdentity {
    /// The person within an app.
    pub key: IdentityKey,
    /// The user it belongs to.
    pub user_id: UserId,
    /// Recognises the identity should it be erased while its user is banned.
    pub tombstone: KeyedTag,
    /// The person across apps, once WeChat has named them.
    pub union_id: Option<UnionId>,
    /// WeChat's session key of the latest login, and when that was.
    pub session_key: Option<(SealedSessionKey, Timestamp)>,
    /// The session key before it, and until when that one may still be tried.
    pub previous_session_key: Option<(Sealed, Timestamp)>,
}

impl StoredIdentity {
    /// Its session keys, if it has any.
    #[must_use]
    pub fn session_keys(self) -> Option<SessionKeys> {
        let (current, _) = self.session_key?;
        Some(SessionKeys { current, previous: self.previous_session_key })
    }
}

/// The user who owns a unionid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnionOwner {
    /// The unionid.
    pub union_id: UnionId,
    /// Its owner.
    pub user_id: UserId,
    /// Recognises the unionid should its owner be erased while banned.
    pub tombstone: KeyedTag,
}

/// The tags that recognise a person when a ban outlives the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstones {
    /// Of the identity.
    pub identity: KeyedTag,
    /// Of the unionid, if WeChat named one.
    pub union_id: Option<KeyedTag>,
}

/// A ban that has outlived the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// Recognises the identity or the unionid.
    pub tag: KeyedTag,
    /// The app of the identity; `None` for a unionid.
    pub app_id: Option<AppId>,
    /// The user who was banned.
    pub user_id: UserId,
    /// When the account or the identity was erased.
    pub created_at: Timestamp,
}

/// An identity and a unionid that WeChat named for it: one conflict is kept for each pair.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConflictKey {
    /// The identity.
    pub identity: IdentityKey,
    /// The unionid.
    pub union_id: UnionId,
}

impl ConflictKey {
    /// The key of a conflict.
    #[must_use]
    pub fn of(conflict: &UnionConflict) -> Self {
        Self { identity: conflict.identity.clone(), union_id: conflict.union_id.clone() }
    }
}

/// How a repetition of a login is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replay {
    /// Finds the session that an earlier try has opened.
    pub key: KeyedTag,
    /// Tells a repetition from another request under the same key.
    pub fingerprint: KeyedTag,
}

/// A session and how a repetition of its login is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// The session.
    pub session: Session,
    /// The replay record; it goes before the session does.
    pub replay: Option<Replay>,
}

/// What the rules need to know of most sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOutline {
    /// Its id.
    pub id: SessionId,
    /// The identity it was opened through.
    pub identity: IdentityKey,
    /// Its current refresh token.
    pub generation: Generation,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was refreshed last.
    pub last_used_at: Timestamp,
    /// From when on it is over.
    pub expires_at: Timestamp,
}

impl From<&Session> for SessionOutline {
    fn from(session: &Session) -> Self {
        let (app_id, open_id) = (session.app_id.clone(), session.open_id.clone());
        Self {
            id: session.id,
            identity: IdentityKey { app_id, open_id },
            generation: session.generation,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
        }
    }
}

/// A user's sessions, as far as they are known.
#[derive(Debug, Clone)]
pub(super) enum SessionList {
    /// So few that the commands cannot exceed the limit.
    Few,
    /// All of them.
    All(Vec<SessionOutline>),
}
