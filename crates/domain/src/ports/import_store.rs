use async_trait::async_trait;

use super::StoreError;
use crate::account::{ImportOutcome, ImportedUser};
use crate::model::Timestamp;

/// A number of the old system. What is there and is no whole number is not the same as nothing: a
/// `status` of `"0"` is no word for a user who may sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LegacyNumber {
    /// The row does not have the field.
    #[default]
    Absent,
    /// A whole number.
    Whole(i64),
    /// Something else.
    Other,
}

/// A user as the system that wxlogin replaces has stored them: whatever its fields hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LegacyUser {
    /// `_id`, as text.
    pub id: String,
    /// `openId`, if it is a text.
    pub open_id: Option<String>,
    /// `sessionKey`, if it is a text.
    pub session_key: Option<String>,
    /// `userType`.
    pub user_type: LegacyNumber,
    /// `status`.
    pub status: LegacyNumber,
    /// `userName`, if it is a text.
    pub user_name: Option<String>,
    /// `avatarUrl`, if it is a text.
    pub avatar_url: Option<String>,
    /// When the row was made, as far as `_id` tells.
    pub created_at: Option<Timestamp>,
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
}

/// Takes users over from another system.
#[async_trait]
pub trait ImportStore: Send + Sync {
    /// Makes or completes the user, as [`ImportOutcome`] tells, in one step. An imported user has
    /// never signed in here: `last_login_at` is `created_at`. The audit event is written with
    /// `Made` and `Joined`, about the user it came to. Repeated, it comes to `Known`.
    async fn import_user(&self, user: ImportedUser) -> Result<ImportOutcome, StoreError>;
}
