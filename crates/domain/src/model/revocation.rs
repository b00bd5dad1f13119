use uuid::Uuid;

use super::{AccessClaims, SessionId, Timestamp, UserId};

/// Whose access tokens hold no more: a session's, or those that name a user who is somebody else
/// since. No session has the id of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revoked(Uuid);

impl Revoked {
    /// The id a store holds.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The bare UUID.
    #[must_use]
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }

    /// Whatever would make a token with these claims hold no more.
    #[must_use]
    pub fn of(claims: &AccessClaims) -> [Self; 2] {
        [claims.session_id.into(), claims.user_id.into()]
    }
}

impl From<SessionId> for Revoked {
    fn from(id: SessionId) -> Self {
        Self(id.as_uuid())
    }
}

impl From<UserId> for Revoked {
    fn from(id: UserId) -> Self {
        Self(id.as_uuid())
    }
}

/// Access tokens that hold no more, whatever they say themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Whose tokens.
    pub subject: Revoked,
    /// When the last of them has expired by itself, and this can be forgotten.
    pub until: Timestamp,
}
