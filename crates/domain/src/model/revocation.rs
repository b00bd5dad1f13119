use uuid::Uuid;

use super::{AccessClaims, SessionId, Timestamp, UserId};

/// Whose access tokens are revoked: those of a session, or those of a user who was merged into another
/// one. Session ids and user ids never coincide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revoked(Uuid);

impl Revoked {
    /// Wraps an id from a store.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Returns the UUID.
    #[must_use]
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }

    /// Returns the subjects whose revocation revokes a token with these claims.
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

/// A revocation of access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Whose tokens are revoked.
    pub subject: Revoked,
    /// When the last of these tokens expires. The revocation can be deleted then.
    pub until: Timestamp,
}
