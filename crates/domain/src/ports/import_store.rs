use async_trait::async_trait;

use super::StoreError;
use crate::account::{ImportOutcome, ImportedUser};
use crate::model::Timestamp;

/// What a field of the old system holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegacyValue {
    /// An explicit `null`.
    Null,
    /// A string.
    Text(String),
    /// A value of another type, as text. A whole number has no fraction.
    Other(String),
}

/// A user as the system that wxlogin replaces has stored them: whatever its fields hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LegacyUser {
    /// `_id`, as text.
    pub id: String,
    /// `openId`.
    pub open_id: Option<LegacyValue>,
    /// `sessionKey`.
    pub session_key: Option<LegacyValue>,
    /// `userType`.
    pub user_type: Option<LegacyValue>,
    /// `status`.
    pub status: Option<LegacyValue>,
    /// `userName`.
    pub user_name: Option<LegacyValue>,
    /// `avatarUrl`.
    pub avatar_url: Option<LegacyValue>,
    /// When the row was made, as far as `createdAt` or `_id` tells.
    pub created_at: Option<Timestamp>,
    /// The names of further fields that hold something.
    pub other_fields: Vec<String>,
}

/// The old system's users cannot be read. The texts never name a host, a user or a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the old users cannot be read: {0}")]
pub struct LegacyUsersError(pub String);

/// The users of the system that wxlogin replaces, in the order of their ids.
#[async_trait]
pub trait LegacyUsers: Send {
    /// How many there are, about.
    async fn count(&mut self) -> Result<u64, LegacyUsersError>;

    /// The next ones, some at a time; none when all have been given.
    async fn next(&mut self) -> Result<Vec<LegacyUser>, LegacyUsersError>;

    /// Starts again with the first one.
    fn restart(&mut self);
}

/// Takes users over from another system.
#[async_trait]
pub trait ImportStore: Send + Sync {
    /// Makes or completes the user, as [`ImportOutcome`] tells, in one step. An imported user has
    /// never signed in here: `last_login_at` is `created_at`. The audit event is written with
    /// `Made` and `Joined`, about the user it came to. Repeated, it comes to `Known`.
    async fn import_user(&self, user: ImportedUser) -> Result<ImportOutcome, StoreError>;
}
