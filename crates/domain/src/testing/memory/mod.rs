//! Every store port on maps behind one lock.

mod accounts;
mod rows;
mod sessions;
mod shared;
mod transfer;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::account_rows::AccountRows;
use crate::account::Command;
use crate::model::{ApiClient, AuditEvent, ClientId, Revocation, Revoked, Timestamp, UserId};
use crate::ports::{Deployment, KeyedTag, StoreError, StoredSigningKey, Stores};

/// A store that forgets everything with the process.
#[derive(Default)]
pub struct MemoryStore {
    /// Whether it takes no logins.
    pub is_full: AtomicBool,
    /// Whether a ping fails.
    pub is_away: AtomicBool,
    /// Whether a ping gets no answer.
    pub hangs: AtomicBool,
    /// How often it was read or written.
    pub uses: AtomicUsize,
    tables: Mutex<Tables>,
}

#[derive(Default)]
struct Tables {
    accounts: AccountRows,
    pushes: HashMap<KeyedTag, Timestamp>,
    revocations: BTreeMap<Revoked, StoredRevocation>,
    audit: BTreeMap<Uuid, AuditEvent>,
    /// The events by number.
    audit_order: BTreeMap<i64, Uuid>,
    keys: BTreeMap<u32, StoredSigningKey>,
    clients: BTreeMap<ClientId, ApiClient>,
    deployment: Option<Deployment>,
    leases: HashMap<&'static str, (Uuid, Timestamp)>,
    ticks: i64,
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
        Arc::new(Self::default()).ports()
    }

    /// All ports on this store.
    #[must_use]
    pub fn ports(self: &Arc<Self>) -> Stores {
        Stores {
            accounts: self.clone(),
            session_keys: self.clone(),
            conflicts: self.clone(),
            sessions: self.clone(),
            keys: self.clone(),
            clients: self.clone(),
            audit: self.clone(),
            import: self.clone(),
            pushes: self.clone(),
            transfer: self.clone(),
            deployment: self.clone(),
        }
    }

    /// Fails if `this` is set.
    fn unless(this: &AtomicBool) -> Result<(), StoreError> {
        if this.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("s3cret".into()));
        }
        Ok(())
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.uses.fetch_add(1, Ordering::SeqCst);
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    /// The database's own time: it passes with each look at it, and is nobody else's.
    fn now(&mut self) -> Timestamp {
        self.ticks += 1;
        Timestamp::from_millis(1_000_000 + self.ticks)
    }

    /// Runs a command of the account core.
    fn run<C: Command + ?Sized>(&mut self, command: &C) -> Result<C::Outcome, StoreError> {
        let (outcome, consequences) = self
            .accounts
            .run(command, &self.audit)
            .map_err(|inconsistent| StoreError::Unexpected(inconsistent.to_string()))?;
        let revoked_at = self.now();
        for (subject, until) in consequences.revocations {
            let revocation = Revocation { subject, until };
            self.revocations.insert(subject, StoredRevocation { revocation, revoked_at });
        }
        for event in consequences.events {
            self.record(event);
        }
        Ok(outcome)
    }

    /// Adds an event to the audit log.
    fn record(&mut self, event: AuditEvent) {
        let last = self.audit_order.last_key_value().map_or(0, |(number, _)| *number);
        self.audit_order.insert(last + 1, event.id);
        self.audit.insert(event.id, event);
    }

    /// The user whom an id means now.
    fn current_id(&self, id: UserId) -> UserId {
        let merged_into = self.accounts.users.get(&id).and_then(|stored| stored.merged_into);
        merged_into.map_or(id, |winner| self.current_id(winner))
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
