use super::{AvatarUrl, Malformed, Nickname, Timestamp, UserId, is_wechat_word};
use crate::ports::{KeyedTag, Sealed};

/// The operator's own classification of a user; wxlogin stores it and puts it into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserType(pub i32);

impl Default for UserType {
    /// What the original contract gives a new user.
    fn default() -> Self {
        Self(2)
    }
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// May sign in: 1 in stores and in the original contract.
    Active,
    /// Shut out by an operator: 0.
    Disabled,
}

impl UserStatus {
    /// The number that stores and the original contract use.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Active => 1,
            Self::Disabled => 0,
        }
    }

    /// The status a stored number means; `None` for a number this version does not know.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            1 => Some(Self::Active),
            0 => Some(Self::Disabled),
            _ => None,
        }
    }
}

/// The id a user had in the system that wxlogin replaced; other data of the operator refer to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegacyId(String);

impl LegacyId {
    /// Longest id, in bytes; MongoDB's have 24.
    pub const MAX_LEN: usize = 64;

    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if is_wechat_word(text, Self::MAX_LEN) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("an old id is 1 to 64 letters, digits, `_` or `-`"))
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A phone number as it is kept: nobody reads it without the master key, and no two users have the
/// same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPhone {
    /// The number, sealed for its user's row.
    pub sealed: Sealed,
    /// Its keyed tag.
    pub tag: KeyedTag,
}

/// Our account of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The operator's classification.
    pub user_type: UserType,
    /// Whether the user may sign in.
    pub status: UserStatus,
    /// What the person wants to be called, once known.
    pub nickname: Option<Nickname>,
    /// The person's picture, once known.
    pub avatar_url: Option<AvatarUrl>,
    /// The id the user had before, if the account was taken over from another system.
    pub legacy_id: Option<LegacyId>,
    /// The person's phone number, encrypted, once it is known.
    pub phone: Option<SealedPhone>,
    /// When the account will be erased, if the person has asked for that and may still come back.
    pub erase_at: Option<Timestamp>,
    /// First login.
    pub created_at: Timestamp,
    /// Last change of profile, type or status.
    pub updated_at: Timestamp,
    /// Latest login.
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
