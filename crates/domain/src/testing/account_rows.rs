//! Rows of accounts in maps, and how a store runs a command on them.

use std::collections::BTreeMap;
use std::hash::Hash;

use crate::account::{
    Changes, Command, ConflictKey, Inconsistent, Keys, RowChanges, SessionOutline, StoredIdentity,
    StoredSession, StoredUser, Tombstone, UnionOwner, UnitOfWork,
};
use crate::model::{
    AuditEvent, IdentityKey, Revoked, SessionId, Timestamp, UnionConflict, UnionId, UserId,
};
use crate::ports::KeyedTag;

/// What accounts are made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AccountRows {
    pub(crate) users: BTreeMap<UserId, StoredUser>,
    pub(crate) identities: BTreeMap<IdentityKey, StoredIdentity>,
    pub(crate) union_owners: BTreeMap<UnionId, UnionOwner>,
    pub(crate) tombstones: BTreeMap<KeyedTag, Tombstone>,
    pub(crate) conflicts: BTreeMap<ConflictKey, UnionConflict>,
    pub(crate) sessions: BTreeMap<SessionId, StoredSession>,
}

/// What a command leaves besides the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consequences {
    pub(crate) revocations: BTreeMap<Revoked, Timestamp>,
    pub(crate) events: Vec<AuditEvent>,
}

impl AccountRows {
    /// Loads what the command asks for, runs it and saves what it has changed.
    pub(crate) fn run<C: Command + ?Sized>(
        &mut self,
        command: &C,
        written: &BTreeMap<uuid::Uuid, AuditEvent>,
    ) -> Result<(C::Outcome, Consequences), Inconsistent> {
        // Any command may have been given before.
        let mut unit = UnitOfWork::repeating();
        loop {
            let keys = unit.missing(command);
            if keys.is_empty() {
                break;
            }
            self.load(&keys, &mut unit);
            let events = keys.events.iter().filter_map(|id| written.get(id));
            events.for_each(|event| unit.load_event(event.clone()));
        }
        let outcome = command.apply(&mut unit)?;
        Ok((outcome, self.save(unit.into_changes())))
    }

    fn load(&self, keys: &Keys, unit: &mut UnitOfWork) {
        for stored in self.users.values() {
            let user = &stored.user;
            let is_wanted = keys.users.contains(&user.id)
                || stored.merged_into.is_some_and(|winner| keys.merged_into.contains(&winner))
                || user.phone.as_ref().is_some_and(|phone| keys.phones.contains(&phone.tag))
                || user.legacy_id.as_ref().is_some_and(|id| keys.legacy_ids.contains(id));
            if is_wanted {
                unit.load_user(stored.clone());
            }
        }
        for identity in self.identities.values() {
            if keys.identities.contains(&identity.key)
                || keys.identities_of.contains(&identity.user_id)
            {
                unit.load_identity(identity.clone());
            }
        }
        for owner in self.union_owners.values() {
            if keys.union_ids.contains(&owner.union_id)
                || keys.union_ids_of.contains(&owner.user_id)
            {
                unit.load_union_owner(owner.clone());
            }
        }
        for tombstone in self.tombstones.values() {
            if keys.tombstones.contains(&tombstone.tag)
                || keys.tombstones_of.contains(&tombstone.user_id)
            {
                unit.load_tombstone(tombstone.clone());
            }
        }
        for (key, conflict) in &self.conflicts {
            if keys.conflicts.contains(key)
                || keys.conflicts_of_identities.contains(&conflict.identity)
                || keys.conflicts_of.contains(&conflict.user_id)
                || conflict.owner.is_some_and(|owner| keys.conflicts_of.contains(&owner))
            {
                unit.load_conflict(conflict.clone());
            }
        }
        for stored in self.sessions.values() {
            if keys.sessions.contains(&stored.session.id)
                || stored.replay.is_some_and(|replay| keys.replays.contains(&replay.key))
            {
                unit.load_session(stored.clone());
            }
        }
        for (user, room) in &keys.session_lists {
            let outlines = self.sessions_of(*user).map(SessionOutline::from).collect::<Vec<_>>();
            if *room > 0 && outlines.len() <= usize::try_from(*room).unwrap() {
                unit.load_few_sessions(*user);
            } else {
                unit.load_session_list(*user, outlines);
            }
        }
    }

    pub(crate) fn sessions_of(
        &self,
        user: UserId,
    ) -> impl Iterator<Item = &crate::model::Session> + '_ {
        let sessions = self.sessions.values().map(|stored| &stored.session);
        sessions.filter(move |session| session.user_id == user)
    }

    fn save(&mut self, changes: Changes) -> Consequences {
        let Changes {
            users,
            identities,
            union_owners,
            tombstones,
            conflicts,
            sessions,
            moved_sessions,
            revocations,
            events,
        } = changes;
        put(&mut self.users, users, |row| row.user.id);
        put(&mut self.identities, identities, |row| row.key.clone());
        put(&mut self.union_owners, union_owners, |row| row.union_id.clone());
        put(&mut self.tombstones, tombstones, |row| row.tag);
        put(&mut self.conflicts, conflicts, ConflictKey::of);
        put(&mut self.sessions, sessions, |row| row.session.id);
        for (id, user) in moved_sessions {
            if let Some(stored) = self.sessions.get_mut(&id) {
                stored.session.user_id = user;
            }
        }
        Consequences { revocations, events }
    }
}

fn put<K: Ord + Hash, V>(
    rows: &mut BTreeMap<K, V>,
    changes: RowChanges<K, V>,
    key: impl Fn(&V) -> K,
) {
    for deleted in &changes.deleted {
        rows.remove(deleted);
    }
    let changed = changes.updated.into_iter().chain(changes.inserted);
    rows.extend(changed.map(|row| (key(&row), row)));
}
