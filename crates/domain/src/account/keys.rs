use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::ConflictKey;
use crate::model::{IdentityKey, LegacyId, SessionId, UnionId, UserId, VisibleApps};
use crate::ports::KeyedTag;

/// What a command needs to have loaded, in the order in which a store loads it.
///
/// A store with transactions locks identities, unionids and users, in this order and each sorted, so
/// that no two transactions wait for each other. Every writer of a user's identities, unionids or sessions
/// locks the user, so these are read after it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// The users who have these old ids, merged ones included. They need no lock; they are read before
    /// the identities, so that a user who is imported in between is found by the identity.
    pub legacy_ids: BTreeSet<LegacyId>,
    /// These identities.
    pub identities: BTreeSet<IdentityKey>,
    /// All identities of these users.
    pub identities_of: BTreeSet<UserId>,
    /// The owners of these unionids.
    pub union_ids: BTreeSet<UnionId>,
    /// All unionids of these users.
    pub union_ids_of: BTreeSet<UserId>,
    /// The users with these ids, merged ones included.
    pub users: BTreeSet<UserId>,
    /// The users who were merged into these, directly.
    pub merged_into: BTreeSet<UserId>,
    /// The users who have these phone numbers. They need no lock: a tag is unique by index. Several tags
    /// are one number under several master keys; then this and every other such command run one after
    /// the other, until they commit.
    pub phones: BTreeSet<KeyedTag>,
    /// The tombstones with these tags.
    pub tombstones: BTreeSet<KeyedTag>,
    /// All tombstones of these users.
    pub tombstones_of: BTreeSet<UserId>,
    /// These conflicts.
    pub conflicts: BTreeSet<ConflictKey>,
    /// All conflicts of these identities.
    pub conflicts_of_identities: BTreeSet<IdentityKey>,
    /// All conflicts that name these users, as user or as owner.
    pub conflicts_of: BTreeSet<UserId>,
    /// These sessions.
    pub sessions: BTreeSet<SessionId>,
    /// The sessions that have these replay keys.
    pub replays: BTreeSet<KeyedTag>,
    /// Outlines of all sessions of these users. For a user who has no more sessions than the number, it
    /// is enough to say so, unless the number is zero.
    pub session_lists: BTreeMap<UserId, u32>,
    /// Whether these audit events have been written.
    pub events: BTreeSet<Uuid>,
}

impl Keys {
    /// Adds what tells whether these users are visible.
    pub(super) fn add_visibility(&mut self, users: &[UserId], apps: &VisibleApps) {
        if *apps != VisibleApps::All {
            self.identities_of.extend(users);
        }
    }

    /// Whether nothing is needed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what another command needs.
    pub fn extend(&mut self, other: Self) {
        self.legacy_ids.extend(other.legacy_ids);
        self.identities.extend(other.identities);
        self.identities_of.extend(other.identities_of);
        self.union_ids.extend(other.union_ids);
        self.union_ids_of.extend(other.union_ids_of);
        self.users.extend(other.users);
        self.merged_into.extend(other.merged_into);
        self.phones.extend(other.phones);
        self.tombstones.extend(other.tombstones);
        self.tombstones_of.extend(other.tombstones_of);
        self.conflicts.extend(other.conflicts);
        self.conflicts_of_identities.extend(other.conflicts_of_identities);
        self.conflicts_of.extend(other.conflicts_of);
        self.sessions.extend(other.sessions);
        self.replays.extend(other.replays);
        for (user, room) in other.session_lists {
            self.session_lists
                .entry(user)
                .and_modify(|known| *known = room.min(*known))
                .or_insert(room);
        }
        self.events.extend(other.events);
    }

    /// Removes what is in `loaded`.
    pub(super) fn without(mut self, loaded: &Self) -> Self {
        self.legacy_ids.retain(|key| !loaded.legacy_ids.contains(key));
        self.identities.retain(|key| !loaded.identities.contains(key));
        self.identities_of.retain(|key| !loaded.identities_of.contains(key));
        self.union_ids.retain(|key| !loaded.union_ids.contains(key));
        self.union_ids_of.retain(|key| !loaded.union_ids_of.contains(key));
        self.users.retain(|key| !loaded.users.contains(key));
        self.merged_into.retain(|key| !loaded.merged_into.contains(key));
        self.phones.retain(|key| !loaded.phones.contains(key));
        self.tombstones.retain(|key| !loaded.tombstones.contains(key));
        self.tombstones_of.retain(|key| !loaded.tombstones_of.contains(key));
        self.conflicts.retain(|key| !loaded.conflicts.contains(key));
        self.conflicts_of_identities.retain(|key| !loaded.conflicts_of_identities.contains(key));
        self.conflicts_of.retain(|key| !loaded.conflicts_of.contains(key));
        self.sessions.retain(|key| !loaded.sessions.contains(key));
        self.replays.retain(|key| !loaded.replays.contains(key));
        self.session_lists.retain(|user, _| !loaded.session_lists.contains_key(user));
        self.events.retain(|key| !loaded.events.contains(key));
        self
    }
}
