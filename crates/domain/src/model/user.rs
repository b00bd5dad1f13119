use super::{AvatarUrl, Nickname, Timestamp, UserId};

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
    /// First login.
    pub created_at: Timestamp,
    /// Last change of profile, type or status.
    pub updated_at: Timestamp,
    /// Latest login.
    pub last_login_at: Timestamp,
}
