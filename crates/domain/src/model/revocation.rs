use super::{SessionId, Timestamp};

/// The access tokens of a session hold no more, whatever they say themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Whose tokens.
    pub session_id: SessionId,
    /// When the last of them has expired by itself, and this can be forgotten.
    pub until: Timestamp,
}
