use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::rows::SessionList;
use super::table::{RowChanges, Table};
use super::{
    ConflictKey, Keys, SessionOutline, StoredIdentity, StoredSession, StoredUser, Tombstone,
    UnionOwner,
};
use crate::model::{
    AppId, AuditEvent, IdentityKey, Revoked, SessionId, Timestamp, UnionConflict, UnionId, User,
    UserId, VisibleApps,
};
use crate::ports::KeyedTag;

/// What the store holds does not make sense: an identity whose user is not there, for example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored data are inconsistent: {0}")]
pub struct Inconsistent(pub(super) &'static str);

/// Something that is done to accounts: a rule, and what the rule has to look at.
pub trait Command {
    /// What came of it.
    type Outcome;

    /// What the command looks at, as far as that is known from what has been loaded.
    fn keys(&self, unit: &UnitOfWork) -> Keys;

    /// Decides, and changes the rows in `unit` accordingly. Everything of [`Command::keys`] is loaded.
    fn apply(&self, unit: &mut UnitOfWork) -> Result<Self::Outcome, Inconsistent>;
}

/// The rows that a command works on: loaded from a store, changed by rules, saved again.
///
/// A store runs a command like this: while [`UnitOfWork::missing`] names keys, load and lock what they
/// find and give it to the `load_…` methods; then [`Command::apply`]; then save
/// [`UnitOfWork::into_changes`] and commit. Several commands can be applied one after the other; each
/// sees what the ones before it have done.
#[derive(Debug, Clone, Default)]
pub struct UnitOfWork {
    pub(super) users: Table<UserId, StoredUser>,
    pub(super) identities: Table<IdentityKey, StoredIdentity>,
    pub(super) union_owners: Table<UnionId, UnionOwner>,
    pub(super) tombstones: Table<KeyedTag, Tombstone>,
    pub(super) conflicts: Table<ConflictKey, UnionConflict>,
    pub(super) sessions: Table<SessionId, StoredSession>,
    /// Which session holds a replay key.
    pub(super) replays: BTreeMap<KeyedTag, SessionId>,
    pub(super) session_lists: BTreeMap<UserId, SessionList>,
    pub(super) ended_sessions: BTreeSet<SessionId>,
    pub(super) moved_sessions: BTreeMap<SessionId, UserId>,
    pub(super) written_events: BTreeMap<Uuid, AuditEvent>,
    pub(super) revocations: BTreeMap<Revoked, Timestamp>,
    pub(super) events: Vec<AuditEvent>,
    pub(super) is_repetition: bool,
    loaded: Keys,
}

/// Everything that a store writes for a command, in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Users. Those who give up a unique value (an old id, a phone number) come first in `updated`.
    pub users: RowChanges<UserId, StoredUser>,
    /// Identities.
    pub identities: RowChanges<IdentityKey, StoredIdentity>,
    /// Owners of unionids.
    pub union_owners: RowChanges<UnionId, UnionOwner>,
    /// Tombstones. One that is inserted replaces one with the same tag.
    pub tombstones: RowChanges<KeyedTag, Tombstone>,
    /// Conflicts.
    pub conflicts: RowChanges<ConflictKey, UnionConflict>,
    /// Sessions. Those in `updated` have lost their replay record; this is written before the inserts,
    /// because a replay key is unique.
    pub sessions: RowChanges<SessionId, StoredSession>,
    /// Sessions that belong to another user now.
    pub moved_sessions: BTreeMap<SessionId, UserId>,
    /// Whose access tokens are revoked, and when the last of them has expired by itself.
    pub revocations: BTreeMap<Revoked, Timestamp>,
    /// Lines of the audit log.
    pub events: Vec<AuditEvent>,
}

impl UnitOfWork {
    /// An empty unit for commands that have perhaps been written before, because the answer to a commit
    /// was lost: sessions are looked for by their ids, too.
    #[must_use]
    pub fn repeating() -> Self {
        Self { is_repetition: true, ..Self::default() }
    }

    /// What still has to be loaded for the command. The caller loads it: it is not asked for
    /// again.
    pub fn missing<C: Command + ?Sized>(&mut self, command: &C) -> Keys {
        let missing = command.keys(self).without(&self.loaded);
        self.loaded.extend(missing.clone());
        missing
    }

    /// Notes keys that were loaded unasked, together with others. They are not asked for again.
    pub fn note_loaded(&mut self, keys: Keys) {
        self.loaded.extend(keys);
    }

    /// Takes a user as stored.
    pub fn load_user(&mut self, user: StoredUser) {
        self.users.load(user.user.id, user);
    }

    /// Takes an identity as stored.
    pub fn load_identity(&mut self, identity: StoredIdentity) {
        self.identities.load(identity.key.clone(), identity);
    }

    /// Takes the owner of a unionid as stored.
    pub fn load_union_owner(&mut self, owner: UnionOwner) {
        self.union_owners.load(owner.union_id.clone(), owner);
    }

    /// Takes a tombstone as stored.
    pub fn load_tombstone(&mut self, tombstone: Tombstone) {
        self.tombstones.load(tombstone.tag, tombstone);
    }

    /// Takes a conflict as stored.
    pub fn load_conflict(&mut self, conflict: UnionConflict) {
        self.conflicts.load(ConflictKey::of(&conflict), conflict);
    }

    /// Takes a whole session as stored.
    pub fn load_session(&mut self, session: StoredSession) {
        if let Some(replay) = session.replay {
            self.replays.insert(replay.key, session.session.id);
        }
        self.sessions.load(session.session.id, session);
    }

    /// Takes the outlines of all sessions of a user.
    pub fn load_session_list(&mut self, user: UserId, sessions: Vec<SessionOutline>) {
        self.session_lists.insert(user, SessionList::All(sessions));
    }

    /// Notes that a user has no more sessions than were asked for ([`Keys::session_lists`]).
    pub fn load_few_sessions(&mut self, user: UserId) {
        self.session_lists.insert(user, SessionList::Few);
    }

    /// Takes an audit event as written before.
    pub fn load_event(&mut self, event: AuditEvent) {
        self.written_events.insert(event.id, event);
    }

    pub(super) fn has_loaded_identity(&self, identity: &IdentityKey) -> bool {
        self.loaded.identities.contains(identity)
    }

    /// What the commands have changed.
    #[must_use]
    pub fn into_changes(self) -> Changes {
        let mut users = self.users.into_changes();
        // Only a merge moves unique values, from the user who is merged.
        users.updated.sort_by_key(|row| row.merged_into.is_none());
        let mut sessions = self.sessions.into_changes();
        sessions.deleted = self.ended_sessions.into_iter().collect();
        Changes {
            users,
            identities: self.identities.into_changes(),
            union_owners: self.union_owners.into_changes(),
            tombstones: self.tombstones.into_changes(),
            conflicts: self.conflicts.into_changes(),
            sessions,
            moved_sessions: self.moved_sessions,
            revocations: self.revocations,
            events: self.events,
        }
    }

    /// The user with this id, unless it was merged into another.
    pub(super) fn user(&self, id: UserId) -> Option<&User> {
        let stored = self.users.get(&id).filter(|stored| stored.merged_into.is_none());
        stored.map(|stored| &stored.user)
    }

    /// The user whom an id means now: merges are followed as far as they are loaded.
    pub(super) fn current_id(&self, mut id: UserId) -> UserId {
        while let Some(winner) = self.users.get(&id).and_then(|stored| stored.merged_into) {
            id = winner;
        }
        id
    }

    /// The apps in which a user has identities, as far as they are loaded.
    pub(super) fn apps_of(&self, id: UserId) -> BTreeSet<&AppId> {
        let identities = self.identities.values().filter(|identity| identity.user_id == id);
        identities.map(|identity| &identity.key.app_id).collect()
    }

    /// The app in which a user has all identities, if there is one.
    pub(super) fn only_app_of(&self, id: UserId) -> Option<AppId> {
        let mut apps = self.apps_of(id).into_iter();
        apps.next().filter(|_| apps.next().is_none()).cloned()
    }

    /// Whether a user has no identity outside of the apps. All identities are loaded.
    pub(super) fn is_whole(&self, id: UserId, apps: &VisibleApps) -> bool {
        self.apps_of(id).into_iter().all(|app| apps.include(app))
    }

    /// Whether a user has an identity in one of the apps. All identities are loaded, unless every app
    /// is visible.
    pub(super) fn is_visible(&self, id: UserId, apps: &VisibleApps) -> bool {
        *apps == VisibleApps::All || self.apps_of(id).into_iter().any(|app| apps.include(app))
    }

    /// Changes a user who is there; the user as changed.
    pub(super) fn change_user(
        &mut self,
        id: UserId,
        change: impl FnOnce(&mut User),
    ) -> Option<User> {
        self.user(id)?;
        self.users.update(&id, |stored| change(&mut stored.user));
        self.user(id).cloned()
    }
}
