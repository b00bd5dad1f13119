//! Bans, and the operator's classification of users.

use super::{Command, Inconsistent, Keys, TokensUntil, UnitOfWork};
use crate::model::{AuditEvent, Timestamp, User, UserId, UserStatus, UserType};

/// What an operator changes about a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserChange {
    /// The user.
    pub user_id: UserId,
    /// The new status, if it is to change.
    pub status: Option<UserStatus>,
    /// The new type, if it is to change.
    pub user_type: Option<UserType>,
    /// When access tokens that were issued before this have expired by themselves.
    pub tokens_until: TokensUntil,
    /// What the audit log will say, a line each.
    pub events: Vec<AuditEvent>,
    /// When it happens.
    pub now: Timestamp,
}

/// The changed user, or `None` when there is no such user.
impl Command for UserChange {
    type Outcome = Option<User>;

    fn keys(&self, _: &UnitOfWork) -> Keys {
        let mut keys = Keys { users: [self.user_id].into(), ..Keys::default() };
        if self.status == Some(UserStatus::Active) {
            keys.tombstones_of.insert(self.user_id);
        }
        if self.status.is_some() {
            keys.session_lists.insert(self.user_id, 0);
        }
        keys
    }

    /// - A ban revokes every session. They stay, so that a refresh can be refused with the
    ///   right reason, and end when the ban is lifted.
    /// - Lifting a ban removes the user's tombstones. When the user was erased and there were some, the
    ///   events are written.
    fn apply(&self, unit: &mut UnitOfWork) -> Result<Option<User>, Inconsistent> {
        let id = self.user_id;
        let lifts_tombstones =
            self.status == Some(UserStatus::Active) && unit.lift_tombstones_of(id);
        let Some(before) = unit.user(id).map(|user| user.status) else {
            if lifts_tombstones {
                unit.events.extend(self.events.iter().cloned());
            }
            return Ok(None);
        };
        match (before, self.status) {
            (_, Some(UserStatus::Disabled)) => unit.revoke_sessions(id, self.tokens_until),
            (UserStatus::Disabled, Some(UserStatus::Active)) => {
                unit.end_sessions(id, None, |_| true);
            }
            (UserStatus::Active, Some(UserStatus::Active)) | (_, None) => {}
        }
        unit.events.extend(self.events.iter().cloned());
        Ok(unit.change_user(id, |user| {
            user.status = self.status.unwrap_or(user.status);
            user.user_type = self.user_type.unwrap_or(user.user_type);
            user.updated_at = self.now;
        }))
    }
}

impl UnitOfWork {
    /// Forgets the bans of a user that have outlived the account or an identity; whether there were any.
    fn lift_tombstones_of(&mut self, id: UserId) -> bool {
        let tags = self.tombstones.keys_where(|tombstone| tombstone.user_id == id);
        for tag in &tags {
            self.tombstones.delete(tag);
        }
        !tags.is_empty()
    }
}
