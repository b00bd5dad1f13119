//! Erasing an account or one identity of it.

use super::{Command, Inconsistent, Keys, SessionOutline, TokensUntil, Tombstone, UnitOfWork};
use crate::model::{
    AppId, AuditAction, AuditEvent, IdentityKey, Timestamp, UserId, UserStatus, VisibleApps,
};
use crate::ports::KeyedTag;

/// How much of an account is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureStep {
    /// Sessions, session keys and the phone number; everything else at this time and not before.
    Schedule(Timestamp),
    /// Everything.
    Complete,
    /// Everything, if that is due by the event's time; a user who has come back stays.
    CompleteIfDue,
}

/// An account that is to be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The user.
    pub user_id: UserId,
    /// Where the user must have an identity; otherwise there is no such user. Of a user who also has
    /// identities elsewhere, only those in these apps are erased.
    pub apps: VisibleApps,
    /// How much of the account.
    pub step: ErasureStep,
    /// When access tokens that were issued before this have expired by themselves.
    pub tokens_until: TokensUntil,
    /// What the audit log will say. Its time is when it happens. If it names no app and all identities
    /// are in one, it gets that app.
    pub event: AuditEvent,
}

/// An identity that no longer exists in WeChat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityErasure {
    /// The identity.
    pub identity: IdentityKey,
    /// When access tokens that were issued before this have expired by themselves.
    pub tokens_until: TokensUntil,
    /// What the audit log will say, with the id of the user it belonged to. Its time is when it happens.
    pub event: AuditEvent,
}

/// `false`, and nothing is written, when there is no such user or the erasure is not due. A repetition
/// whose first answer was lost is `true`.
impl Command for Erasure {
    type Outcome = bool;

    fn keys(&self, unit: &UnitOfWork) -> Keys {
        let mut keys = unit.keys_to_erase(self.user_id);
        if unit.user(self.user_id).is_none() || !unit.is_visible(self.user_id, &self.apps) {
            keys.events.insert(self.event.id);
        }
        keys
    }

    fn apply(&self, unit: &mut UnitOfWork) -> Result<bool, Inconsistent> {
        let id = self.user_id;
        let is_visible = unit.is_visible(id, &self.apps);
        let Some(user) = unit.user(id).filter(|_| is_visible) else {
            return Ok(unit.written_events.contains_key(&self.event.id));
        };
        let is_due = user.erase_at.is_some_and(|at| at <= self.event.at);
        let ban = (user.status == UserStatus::Disabled).then_some(self.event.at);
        let app_id = self.event.app_id.clone().or_else(|| unit.only_app_of(id));
        let event = AuditEvent { app_id, ..self.event.clone() };
        match self.step {
            ErasureStep::CompleteIfDue if !is_due => return Ok(false),
            ErasureStep::Complete if !unit.is_whole(id, &self.apps) => {
                let visible = unit.identities.keys_where(|identity| {
                    identity.user_id == id && self.apps.include(&identity.key.app_id)
                });
                for identity in visible {
                    unit.erase_identity(&identity, ban, self.tokens_until);
                }
                unit.events.push(AuditEvent { action: AuditAction::IdentityErased, ..event });
                return Ok(true);
            }
            ErasureStep::Complete | ErasureStep::CompleteIfDue => unit.erase_user(id, ban),
            ErasureStep::Schedule(at) => unit.schedule_erasure(id, at),
        }
        unit.end_sessions(id, Some(self.tokens_until), |_| true);
        unit.events.push(event);
        Ok(true)
    }
}

/// The user it belonged to, or `None` and nothing written when there is no such identity.
impl Command for IdentityErasure {
    type Outcome = Option<UserId>;

    /// The identity is locked before the others of its user, out of order: two erasures of one user at
    /// the same time can deadlock, and one of them starts over.
    fn keys(&self, unit: &UnitOfWork) -> Keys {
        let mut keys = Keys { identities: [self.identity.clone()].into(), ..Keys::default() };
        if let Some(identity) = unit.identities.get(&self.identity) {
            keys.extend(unit.keys_to_erase(identity.user_id));
            keys.conflicts_of_identities.insert(self.identity.clone());
        } else if unit.has_loaded_identity(&self.identity) {
            keys.events.insert(self.event.id);
        }
        keys
    }

    /// The last identity takes its user with it. Otherwise the sessions that were opened through it end,
    /// and a banned user leaves a tombstone for it.
    fn apply(&self, unit: &mut UnitOfWork) -> Result<Option<UserId>, Inconsistent> {
        let Some(identity) = unit.identities.get(&self.identity) else {
            let written = unit.written_events.get(&self.event.id);
            return Ok(written.and_then(|event| event.user_id));
        };
        let user_id = identity.user_id;
        let event = AuditEvent { user_id: Some(user_id), ..self.event.clone() };
        let tokens_until = self.tokens_until;
        let user = unit.user(user_id).ok_or(Inconsistent("an identity's user is missing"))?;
        let is_banned = user.status == UserStatus::Disabled;
        if unit.identities.keys_where(|identity| identity.user_id == user_id).len() == 1 {
            let step = ErasureStep::Complete;
            let apps = VisibleApps::All;
            Erasure { user_id, apps, step, tokens_until, event }.apply(unit)?;
            return Ok(Some(user_id));
        }
        unit.erase_identity(&self.identity, is_banned.then_some(event.at), tokens_until);
        unit.events.push(event);
        Ok(Some(user_id))
    }
}

impl UnitOfWork {
    fn keys_to_erase(&self, id: UserId) -> Keys {
        let mut keys = Keys {
            identities_of: [id].into(),
            union_ids_of: [id].into(),
            users: [id].into(),
            conflicts_of: [id].into(),
            session_lists: [(id, 0)].into(),
            ..Keys::default()
        };
        keys.merged_into.insert(id);
        keys.merged_into.extend(self.merged_into(id));
        keys
    }

    /// The users who were merged into this one, directly or through others, as far as they are loaded.
    fn merged_into(&self, id: UserId) -> Vec<UserId> {
        let is_merged =
            |id: &UserId| self.users.get(id).is_some_and(|row| row.merged_into.is_some());
        let ids = self.users.keys_where(|row| row.user.id != id).into_iter();
        ids.filter(|other| is_merged(other) && self.current_id(*other) == id).collect()
    }

    /// Removes everything of a user: those who were merged into them, identities, the ownership of
    /// unionids, and conflicts that name them. A ban, which is given the time for this, leaves a tombstone
    /// for each identity and each unionid.
    fn erase_user(&mut self, id: UserId, ban: Option<Timestamp>) {
        for key in self.identities.keys_where(|identity| identity.user_id == id) {
            if let (Some(at), Some(identity)) = (ban, self.identities.delete(&key)) {
                self.leave_tombstone(identity.tombstone, Some(key.app_id), id, at);
            }
        }
        for key in self.union_owners.keys_where(|owner| owner.user_id == id) {
            if let (Some(at), Some(owner)) = (ban, self.union_owners.delete(&key)) {
                self.leave_tombstone(owner.tombstone, None, id, at);
            }
        }
        let names = |user: UserId, owner: Option<UserId>| user == id || owner == Some(id);
        for key in self.conflicts.keys_where(|conflict| names(conflict.user_id, conflict.owner)) {
            self.conflicts.delete(&key);
        }
        for merged in self.merged_into(id) {
            self.users.delete(&merged);
        }
        self.users.delete(&id);
    }

    /// Removes one of several identities of a user, with its conflicts and sessions. A ban, which is
    /// given the time for this, leaves a tombstone.
    fn erase_identity(
        &mut self,
        key: &IdentityKey,
        ban: Option<Timestamp>,
        tokens_until: TokensUntil,
    ) {
        let Some(identity) = self.identities.delete(key) else { return };
        if let Some(at) = ban {
            let app_id = Some(key.app_id.clone());
            self.leave_tombstone(identity.tombstone, app_id, identity.user_id, at);
        }
        for conflict in self.conflicts.keys_where(|conflict| conflict.identity == *key) {
            self.conflicts.delete(&conflict);
        }
        let is_through = |session: &SessionOutline| session.identity == *key;
        self.end_sessions(identity.user_id, Some(tokens_until), is_through);
    }

    fn leave_tombstone(
        &mut self,
        tag: KeyedTag,
        app_id: Option<AppId>,
        user_id: UserId,
        created_at: Timestamp,
    ) {
        self.tombstones.insert(tag, Tombstone { tag, app_id, user_id, created_at });
    }

    fn schedule_erasure(&mut self, id: UserId, at: Timestamp) {
        self.change_user(id, |user| {
            user.erase_at = Some(at);
            user.phone = None;
        });
        for key in self.identities.keys_where(|identity| identity.user_id == id) {
            self.identities.update(&key, |identity| {
                identity.session_key = None;
                identity.previous_session_key = None;
            });
        }
    }
}
