use uuid::Uuid;

use super::{Timestamp, UserId};
use crate::ports::Randomness;

/// What was done to a user. Ordinary logins are the sessions' own history and not audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// An operator shut the user out.
    UserDisabled,
    /// An operator let the user back in.
    UserEnabled,
}

impl AuditAction {
    /// The stable word stores keep.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
        }
    }
}

/// One line of the audit log: ids and codes only, no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its id; sorts by time.
    pub id: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub action: AuditAction,
    /// To whom.
    pub user_id: UserId,
}

impl AuditEvent {
    /// An event that happens now.
    #[must_use]
    pub fn new(
        action: AuditAction,
        user_id: UserId,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Self {
        Self { id: super::ids::uuid_v7(now, randomness), at: now, action, user_id }
    }
}
