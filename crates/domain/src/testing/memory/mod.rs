//! Every store port on maps behind one lock: what the contract means, in the fewest words.

mod accounts;
mod import;
mod login;
mod merge;
mod rows;
mod sessions;
mod shared;
mod transfer;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::model::{
    ApiClient, AuditEvent, ClientId, IdentityKey, Revocation, Revoked, Session, SessionId,
    Timestamp, UnionConflict, UnionId, User, UserId, UserStatus,
};
use crate::ports::{
    Deployment, KeyedTag, Replay, Sealed, SealedSessionKey, StoredSigningKey, Stores,
};

/// A store that forgets everything with the process.
#[derive(Default)]
pub struct MemoryStore(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    users: BTreeMap<UserId, User>,
    merged: BTreeMap<UserId, Loser>,
    pushes: HashMap<KeyedTag, Timestamp>,
    identities: BTreeMap<IdentityKey, Identity>,
    union_ids: BTreeMap<UnionId, Owner>,
    conflicts: Vec<UnionConflict>,
    tombstones: HashMap<KeyedTag, Tombstone>,
    sessions: BTreeMap<SessionId, StoredSession>,
    revocations: BTreeMap<Revoked, StoredRevocation>,
    audit: BTreeMap<Uuid, AuditEvent>,
    keys: BTreeMap<u32, StoredSigningKey>,
    clients: BTreeMap<ClientId, ApiClient>,
    deployment: Option<Deployment>,
    leases: HashMap<&'static str, (Uuid, Timestamp)>,
    ticks: i64,
}

#[derive(Clone)]
struct Identity {
    user_id: UserId,
    tombstone: KeyedTag,
    union_id: Option<UnionId>,
    session_key: Option<(SealedSessionKey, Timestamp)>,
    previous_key: Option<(Sealed, Timestamp)>,
}

/// What is left of a user who is another one since.
#[derive(Clone)]
struct Loser {
    left: User,
    winner: UserId,
}

#[derive(Clone, Copy)]
struct Owner {
    user_id: UserId,
    tombstone: KeyedTag,
}

#[derive(Clone, Copy)]
struct Tombstone {
    user_id: UserId,
    created_at: Timestamp,
}

#[derive(Clone)]
struct StoredSession {
    session: Session,
    replay: Option<Replay>,
}

#[derive(Clone, Copy)]
struct StoredRevocation {
    revocation: Revocation,
    revoked_at: Timestamp,
}

impl MemoryStore {
    /// All ports on one empty store.
    #[must_use]
    pub fn stores() -> Stores {
        let store = Arc::new(Self::default());
        Stores {
            accounts: store.clone(),
            sessions: store.clone(),
            keys: store.clone(),
            clients: store.clone(),
            audit: store.clone(),
            import: store.clone(),
            pushes: store.clone(),
            transfer: store.clone(),
            deployment: store,
        }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    /// The database's own time: it passes with each look at it, and is nobody else's.
    fn now(&mut self) -> Timestamp {
        self.ticks += 1;
        Timestamp::from_millis(1_000_000 + self.ticks)
    }

    /// Who a user is by now.
    fn resolved(&self, id: UserId) -> UserId {
        self.merged.get(&id).map_or(id, |loser| self.resolved(loser.winner))
    }

    fn is_disabled(&self, id: UserId) -> bool {
        self.users.get(&id).is_some_and(|user| user.status == UserStatus::Disabled)
    }

    fn write_events(&mut self, events: impl IntoIterator<Item = AuditEvent>) {
        self.audit.extend(events.into_iter().map(|event| (event.id, event)));
    }

    fn revoke<T: Into<Revoked>>(
        &mut self,
        subjects: impl IntoIterator<Item = T>,
        until: Timestamp,
    ) {
        let revoked_at = self.now();
        for subject in subjects {
            let revocation = Revocation { subject: subject.into(), until };
            self.revocations
                .insert(revocation.subject, StoredRevocation { revocation, revoked_at });
        }
    }

    fn sessions_of(&self, user_id: UserId) -> Vec<SessionId> {
        let of_user = |stored: &&StoredSession| stored.session.user_id == user_id;
        self.sessions.values().filter(of_user).map(|stored| stored.session.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::contract::StoreUnderTest;

    fn open() -> std::future::Ready<StoreUnderTest> {
        std::future::ready(StoreUnderTest::new(MemoryStore::stores()))
    }

    crate::store_contract!(open);
}
