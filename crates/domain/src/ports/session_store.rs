use async_trait::async_trait;

use super::{KeyedTag, Replayed, StoreError};
use crate::model::{
    AuditEvent, Generation, Revocation, Session, SessionId, Timestamp, User, UserId,
};

/// The next refresh token of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// Of which session.
    pub session_id: SessionId,
    /// The generation that has been used.
    pub from: Generation,
    /// When the session is over unless it is refreshed again.
    pub expires_at: Timestamp,
    /// When it happens.
    pub now: Timestamp,
}

/// What became of a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RotationOutcome {
    /// The session has the next generation.
    Rotated {
        /// Whose it is.
        user: User,
        /// As stored now.
        session: Session,
    },
    /// The session's generation was another one; nothing was written.
    Moved {
        /// Whose it is.
        user: User,
        /// As stored now.
        session: Session,
    },
    /// The session's user is shut out; nothing was written.
    Disabled,
    /// There is no such session.
    Gone,
}

/// Which sessions of a user end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// This one.
    One(SessionId),
    /// All but this one.
    AllBut(SessionId),
}

/// Sessions that are to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndSessions {
    /// Whose.
    pub user_id: UserId,
    /// Which.
    pub ending: Ending,
    /// When the last of their access tokens has expired by itself.
    pub tokens_until: Timestamp,
    /// What the audit log will say, if this is worth a line. It is written when a session ends; the
    /// store fills in whose it was.
    pub event: Option<AuditEvent>,
}

/// What was revoked, and when that was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationFeed {
    /// In no order.
    pub revocations: Vec<Revocation>,
    /// The database's own time before it was read.
    pub read_at: Timestamp,
}

/// What a purge has removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Sessions that were over.
    pub sessions: u64,
    /// Replay records that were too old for any repetition.
    pub replays: u64,
    /// Revocations of tokens that have expired by themselves.
    pub revocations: u64,
}

/// Signed-in devices. They are opened by `AccountStore::record_login`.
///
/// - A rotation happens once for each generation, however many ask at the same time, and never
///   comes after a ban that was acknowledged before.
/// - A revocation is written in the same step as what it follows from, and is in the feed as soon as
///   that was acknowledged.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// The session with this id, if it exists. Whether it is over, and whether its user is shut out,
    /// is the caller's to judge.
    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError>;

    /// What the login with this replay key has opened, if that still exists.
    async fn find_replay(&self, key: KeyedTag) -> Result<Option<Replayed>, StoreError>;

    /// The sessions of a user, the latest used first; those that are over too.
    async fn list_sessions(&self, user_id: UserId) -> Result<Vec<Session>, StoreError>;

    /// Moves the session to the next generation if it still has `from`, and to the new times.
    async fn rotate(&self, rotation: Rotation) -> Result<RotationOutcome, StoreError>;

    /// Ends sessions of the user and revokes them; how many. Another user's session is not ended.
    ///
    /// The id of a user who was merged means whom they are now: a session that has moved to the
    /// winner is ended, and all but one are all but one of the winner's.
    async fn end_sessions(&self, end: EndSessions) -> Result<u64, StoreError>;

    /// Everything that was revoked at or after `since` in the database's time, or everything.
    async fn revocations(&self, since: Option<Timestamp>) -> Result<RevocationFeed, StoreError>;

    /// Removes sessions that are over, replay records of logins before `replays_before`, and
    /// revocations whose time has come; `limit` of each at most. A session keeps living without its
    /// replay record.
    async fn purge(
        &self,
        now: Timestamp,
        replays_before: Timestamp,
        limit: u32,
    ) -> Result<Purged, StoreError>;
}
