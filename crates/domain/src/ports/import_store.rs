use async_trait::async_trait;

use super::{SealedSessionKey, StoreError, Tombstones};
use crate::model::{
    AuditEvent, IdentityKey, LegacyId, Profile, Timestamp, UserId, UserStatus, UserType,
};

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

/// A user that is taken over, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedUser {
    /// The id that operators' other data refer to.
    pub legacy_id: LegacyId,
    /// Whom WeChat means.
    pub identity: IdentityKey,
    /// What the person is remembered by when a ban outlives the account.
    pub tombstones: Tombstones,
    /// The id of the user, should the person be new here.
    pub new_user_id: UserId,
    /// What is known of the person.
    pub profile: Profile,
    /// The operator's classification.
    pub user_type: UserType,
    /// Whether the user may sign in.
    pub status: UserStatus,
    /// WeChat's session key, if there is a usable one.
    pub session_key: Option<SealedSessionKey>,
    /// When the person became a user there.
    pub created_at: Timestamp,
    /// What the audit log will say of a user that is made or gets the old id.
    pub event: AuditEvent,
}

/// What became of a user that is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportOutcome {
    /// The person is a user now.
    Made(UserId),
    /// The person has signed in here before: the user keeps everything, and got the old id and what
    /// was missing of the profile.
    Joined(UserId),
    /// The user has this old id already, or somebody who was merged into the user has; nothing was
    /// written.
    Known(UserId),
    /// The user has another old id already: the person had two accounts. Nothing was written.
    Second(UserId),
    /// Another person's user has this old id already, in the same sense. Nothing was written.
    Taken,
}

/// Takes users over from another system.
#[async_trait]
pub trait ImportStore: Send + Sync {
    /// Makes or completes the user, as [`ImportOutcome`] tells, in one step. An imported user has
    /// never signed in here: `last_login_at` is `created_at`. The audit event is written with
    /// `Made` and `Joined`, about the user it came to. Repeated, it comes to `Known`.
    async fn import_user(&self, user: ImportedUser) -> Result<ImportOutcome, StoreError>;
}
