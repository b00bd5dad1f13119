use std::time::Duration;

use async_trait::async_trait;

use super::{KeyedTag, StoreError};
use crate::account::{EndSessions, Replayed, Rotation, RotationOutcome};
use crate::model::{Revocation, Revoked, Session, SessionId, Timestamp, UserId};

/// A place in the feed of revocations, which is in the order of time, then subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedPosition {
    /// The database's time at which something was revoked.
    pub revoked_at: Timestamp,
    /// Of what was revoked at this time, only what comes after this subject; `None` for all.
    pub after: Option<Revoked>,
}

impl From<Timestamp> for FeedPosition {
    fn from(revoked_at: Timestamp) -> Self {
        Self { revoked_at, after: None }
    }
}

/// A page of the feed of revocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationFeed {
    /// What was revoked.
    pub revocations: Vec<Revocation>,
    /// Where the next page begins, if the page is full.
    pub next: Option<FeedPosition>,
    /// The database's own time before the page was read.
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
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// The session with this id, if it exists. Whether it is over, and whether its user is shut out,
    /// is the caller's to judge.
    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError>;

    /// What the login with this replay key has opened, if that still exists.
    async fn find_replay(&self, key: KeyedTag) -> Result<Option<Replayed>, StoreError>;

    /// The sessions of a user, the latest used first; those that are over too.
    async fn list_sessions(&self, user_id: UserId) -> Result<Vec<Session>, StoreError>;

    /// Moves the session to the next generation, and to the new times, if the token is its current one:
    /// see `account/rotation.rs`.
    async fn rotate(&self, rotation: Rotation) -> Result<RotationOutcome, StoreError>;

    /// Ends sessions of the user and revokes them; how many. Another user's session is not ended.
    ///
    /// The id of a user who was merged means whom they are now: a session that has moved to the
    /// winner is ended, and all but one are all but one of the winner's.
    async fn end_sessions(&self, end: EndSessions) -> Result<u64, StoreError>;

    /// What was revoked, from a position on or from the beginning; `limit` rows at most.
    ///
    /// A subject that is revoked again moves to the end of the feed.
    async fn revocations(
        &self,
        from: Option<FeedPosition>,
        limit: u32,
    ) -> Result<RevocationFeed, StoreError>;

    /// How much later than the time it carries a revocation can appear in the feed, at most.
    fn feed_delay(&self) -> Duration;

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
