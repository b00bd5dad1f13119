//! Bans, and the operator's classification of users.

use super::{Command, Inconsistent, Keys, TokensUntil, Tombstone, UnitOfWork};
use crate::model::{
    AppId, AuditAction, AuditEvent, Timestamp, User, UserId, UserStatus, UserType, VisibleApps,
};

/// What an operator changes about a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserChange {
    /// The user.
    pub user_id: UserId,
    /// Where the user must have an identity; otherwise there is no such user.
    pub apps: VisibleApps,
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

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserChangeOutcome {
    /// The user, as stored now.
    Changed(User),
    /// There is no such user, but a ban has outlived the account, or an identity of it, and was lifted.
    BanLifted,
    /// There is no such user. Nothing was written.
    NotFound,
}

impl UserChangeOutcome {
    /// The changed user.
    #[must_use]
    pub fn user(self) -> Option<User> {
        match self {
            Self::Changed(user) => Some(user),
            Self::BanLifted | Self::NotFound => None,
        }
    }
}

impl Command for UserChange {
    type Outcome = UserChangeOutcome;

    fn keys(&self, unit: &UnitOfWork) -> Keys {
        let mut keys = Keys { users: [self.user_id].into(), ..Keys::default() };
        keys.add_visibility(&[self.user_id], &self.apps);
        if self.status == Some(UserStatus::Active) {
            keys.tombstones_of.insert(self.user_id);
            if unit.user(self.user_id).is_none() {
                keys.events.extend(self.events.iter().map(|event| event.id));
            }
        }
        if self.status.is_some() {
            keys.session_lists.insert(self.user_id, 0);
        }
        keys
    }

    /// - A ban revokes every session. They stay, so that a refresh can be refused with the
    ///   right reason, and end when the ban is lifted.
    /// - Lifting a ban removes the user's tombstones in the visible apps, and those of unionids, which
    ///   belong to no app. If there is no such user and there were some, the event of the lifted ban is
    ///   written.
    fn apply(&self, unit: &mut UnitOfWork) -> Result<UserChangeOutcome, Inconsistent> {
        let id = self.user_id;
        let is_visible = unit.is_visible(id, &self.apps);
        let status = unit.user(id).filter(|_| is_visible).map(|user| user.status);
        let lifts = self.status == Some(UserStatus::Active);
        let has_lifted = lifts && unit.lift_tombstones_of(id, &self.apps, status.is_some());
        let Some(before) = status else {
            let is_enabling = |event: &&AuditEvent| event.action == AuditAction::UserEnabled;
            let enabling = self.events.iter().filter(is_enabling);
            if has_lifted {
                unit.events.extend(enabling.cloned());
                return Ok(UserChangeOutcome::BanLifted);
            }
            let mut written = enabling.filter(|event| unit.written_events.contains_key(&event.id));
            return Ok(match written.next() {
                Some(_) => UserChangeOutcome::BanLifted,
                None => UserChangeOutcome::NotFound,
            });
        };
        match (before, self.status) {
            (_, Some(UserStatus::Disabled)) => unit.revoke_sessions(id, self.tokens_until),
            (UserStatus::Disabled, Some(UserStatus::Active)) => {
                unit.end_sessions(id, None, |_| true);
            }
            (UserStatus::Active, Some(UserStatus::Active)) | (_, None) => {}
        }
        unit.events.extend(self.events.iter().cloned());
        let changed = unit.change_user(id, |user| {
            user.status = self.status.unwrap_or(user.status);
            user.user_type = self.user_type.unwrap_or(user.user_type);
            user.updated_at = self.now;
        });
        Ok(changed.map_or(UserChangeOutcome::NotFound, UserChangeOutcome::Changed))
    }
}

impl UnitOfWork {
    /// Forgets the bans in these apps that have outlived the account or an identity; whether there were
    /// any. Those of unionids go with them, or with the ban of a user who is visible.
    fn lift_tombstones_of(&mut self, id: UserId, apps: &VisibleApps, is_visible: bool) -> bool {
        let in_apps = |app: &Option<AppId>| match app {
            Some(app) => apps.include(app),
            None => *apps == VisibleApps::All,
        };
        let of_user = |tombstone: &Tombstone| tombstone.user_id == id;
        let mut tags = self.tombstones.keys_where(|it| of_user(it) && in_apps(&it.app_id));
        if is_visible || !tags.is_empty() {
            tags.extend(self.tombstones.keys_where(|it| of_user(it) && it.app_id.is_none()));
        }
        for tag in &tags {
            self.tombstones.delete(tag);
        }
        !tags.is_empty()
    }
}
