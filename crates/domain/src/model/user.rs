use super::word::word;
use super::{AvatarUrl, Nickname, Timestamp, UserId};
use crate::ports::{KeyedTag, Sealed};

/// The operator's own classification of a user. wxlogin stores it and puts it into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserType(pub i32);

impl Default for UserType {
    /// The type of a new user in the original contract.
    fn default() -> Self {
        Self(2)
    }
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// May sign in. Its number is 1.
    Active,
    /// Banned by an operator. Its number is 0.
    Disabled,
}

impl UserStatus {
    /// Returns the number that stores and the original contract use.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Active => 1,
            Self::Disabled => 0,
        }
    }

    /// Returns the status with this number, or `None` if this version does not know it.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            1 => Some(Self::Active),
            0 => Some(Self::Disabled),
            _ => None,
        }
    }
}

/// A user's id in the system that wxlogin replaced. The operator's other data may refer to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegacyId(String);

impl LegacyId {
    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

word!(LegacyId, 64, "a legacy id");

/// A phone number as stores keep it. Reading it takes the master key, and no two users have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPhone {
    /// The encrypted number, bound to its user's row.
    pub sealed: Sealed,
    /// The keyed hash of the number, by which duplicates are found.
    pub tag: KeyedTag,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// The operator's classification.
    pub user_type: UserType,
    /// Whether the user may sign in.
    pub status: UserStatus,
    /// The nickname, if known.
    pub nickname: Option<Nickname>,
    /// The avatar, if known.
    pub avatar_url: Option<AvatarUrl>,
    /// The id in the previous system, if the account was imported.
    pub legacy_id: Option<LegacyId>,
    /// The encrypted phone number, if known.
    pub phone: Option<SealedPhone>,
    /// When the account will be erased, if the user has requested its deletion.
    pub erase_at: Option<Timestamp>,
    /// When the user first signed in.
    pub created_at: Timestamp,
    /// When profile, type or status last changed.
    pub updated_at: Timestamp,
    /// When the user last signed in, at most an hour too early.
    pub last_login_at: Timestamp,
}

impl User {
    /// Returns an active user of the default type whose first login is now. Nothing else is known
    /// about the person yet.
    #[must_use]
    pub fn new(id: UserId, now: Timestamp) -> Self {
        Self {
            id,
            user_type: UserType::default(),
            status: UserStatus::Active,
            nickname: None,
            avatar_url: None,
            legacy_id: None,
            phone: None,
            erase_at: None,
            created_at: now,
            updated_at: now,
            last_login_at: now,
        }
    }
}
