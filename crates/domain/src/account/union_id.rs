//! Accepting a unionid that WeChat named and that a login could not take.

use super::{Command, ConflictKey, Inconsistent, Keys, UnionOwner, UnitOfWork};
use crate::model::{AuditEvent, UserId, VisibleApps};
use crate::ports::KeyedTag;

/// A conflict that an operator resolves in favour of the user who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnionIdAcceptance {
    /// The identity and the unionid.
    pub conflict: ConflictKey,
    /// Where the identity must be; otherwise there is no such conflict.
    pub apps: VisibleApps,
    /// Recognises the unionid should its owner be erased while banned.
    pub tombstone: KeyedTag,
    /// What the audit log will say, with the id of the identity's user.
    pub event: AuditEvent,
}

/// What became of an acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcceptanceOutcome {
    /// The identity has the unionid, and this user owns it.
    Accepted(UserId),
    /// Another user owns the unionid. Nothing was written.
    Taken,
    /// There is no such conflict. Nothing was written.
    NotFound,
}

impl Command for UnionIdAcceptance {
    type Outcome = AcceptanceOutcome;

    fn keys(&self, unit: &UnitOfWork) -> Keys {
        let ConflictKey { identity, union_id } = &self.conflict;
        let mut keys = Keys {
            identities: [identity.clone()].into(),
            union_ids: [union_id.clone()].into(),
            conflicts: [self.conflict.clone()].into(),
            ..Keys::default()
        };
        if unit.has_loaded_identity(identity) && unit.conflicts.get(&self.conflict).is_none() {
            keys.events.insert(self.event.id);
        }
        keys.users.extend(unit.identities.get(identity).map(|identity| identity.user_id));
        keys
    }

    /// A ban of the unionid's earlier owner stays: it is in force again once this user is erased.
    fn apply(&self, unit: &mut UnitOfWork) -> Result<AcceptanceOutcome, Inconsistent> {
        let ConflictKey { identity: key, union_id } = &self.conflict;
        let identity = unit.identities.get(key).filter(|_| self.apps.include(&key.app_id));
        let Some(user_id) = identity.map(|identity| identity.user_id) else {
            return Ok(AcceptanceOutcome::NotFound);
        };
        let owner = unit.union_owners.get(union_id).map(|owner| owner.user_id);
        if unit.conflicts.get(&self.conflict).is_none() {
            let is_repetition = unit.written_events.contains_key(&self.event.id);
            return Ok(if is_repetition && owner == Some(user_id) {
                AcceptanceOutcome::Accepted(user_id)
            } else {
                AcceptanceOutcome::NotFound
            });
        }
        match owner {
            Some(owner) if owner != user_id => return Ok(AcceptanceOutcome::Taken),
            Some(_) => {}
            None => {
                let (union_id, tombstone) = (union_id.clone(), self.tombstone);
                let owner = UnionOwner { union_id: union_id.clone(), user_id, tombstone };
                unit.union_owners.insert(union_id, owner);
            }
        }
        unit.identities.update(key, |identity| identity.union_id = Some(union_id.clone()));
        unit.conflicts.delete(&self.conflict);
        unit.events.push(AuditEvent { user_id: Some(user_id), ..self.event.clone() });
        Ok(AcceptanceOutcome::Accepted(user_id))
    }
}
