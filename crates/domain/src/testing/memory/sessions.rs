use std::cmp::Reverse;
use std::time::Duration;

use async_trait::async_trait;

use super::{MemoryStore, StoredRevocation};
use crate::account::{EndSessions, Replayed, Rotation, RotationOutcome, StoredSession, StoredUser};
use crate::model::{Session, SessionId, Timestamp, UserId};
use crate::ports::{FeedPosition, KeyedTag, Purged, RevocationFeed, SessionStore, StoreError};

#[async_trait]
impl SessionStore for MemoryStore {
    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.tables().accounts.sessions.get(&id).map(|stored| stored.session.clone()))
    }

    async fn find_replay(&self, key: KeyedTag) -> Result<Option<Replayed>, StoreError> {
        let tables = self.tables();
        let found = tables.accounts.sessions.values().find_map(|stored| {
            let replay = stored.replay.filter(|replay| replay.key == key)?;
            let user = tables.accounts.users.get(&stored.session.user_id)?.user.clone();
            let session = stored.session.clone();
            Some(Replayed { user, session, fingerprint: replay.fingerprint })
        });
        Ok(found)
    }

    async fn list_sessions(&self, user_id: UserId) -> Result<Vec<Session>, StoreError> {
        let tables = self.tables();
        let sessions = tables.accounts.sessions.values().map(|stored| stored.session.clone());
        let mut sessions =
            sessions.filter(|session| session.user_id == user_id).collect::<Vec<_>>();
        sessions.sort_by_key(|session| Reverse((session.last_used_at, session.id)));
        Ok(sessions)
    }

    async fn rotate(&self, rotation: Rotation) -> Result<RotationOutcome, StoreError> {
        let accounts = &mut self.tables().accounts;
        let Some(stored) = accounts.sessions.get_mut(&rotation.session_id) else {
            return Ok(RotationOutcome::Gone);
        };
        let Some(StoredUser { user, .. }) = accounts.users.get(&stored.session.user_id) else {
            return Ok(RotationOutcome::Gone);
        };
        let outcome = rotation.of(stored.session.clone(), user.clone());
        if let RotationOutcome::Rotated { session, .. } = &outcome {
            stored.session.clone_from(session);
        }
        Ok(outcome)
    }

    async fn end_sessions(&self, end: EndSessions) -> Result<u64, StoreError> {
        self.tables().run(&end)
    }

    async fn revocations(
        &self,
        from: Option<FeedPosition>,
        limit: u32,
    ) -> Result<RevocationFeed, StoreError> {
        let mut tables = self.tables();
        let read_at = tables.now();
        let place =
            |stored: &StoredRevocation| (stored.revoked_at, Some(stored.revocation.subject));
        let from = from.map(|from| (from.revoked_at, from.after));
        let mut stored = tables.revocations.values().copied().collect::<Vec<_>>();
        stored.retain(|one| from.is_none_or(|from| from < place(one)));
        stored.sort_by_key(place);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        stored.truncate(limit);
        let last = stored.last().filter(|_| stored.len() == limit).map(place);
        let next = last.map(|(revoked_at, after)| FeedPosition { revoked_at, after });
        let revocations = stored.into_iter().map(|one| one.revocation).collect();
        Ok(RevocationFeed { revocations, next, read_at })
    }

    fn feed_delay(&self) -> Duration {
        Duration::ZERO
    }

    async fn purge(
        &self,
        now: Timestamp,
        replays_before: Timestamp,
        limit: u32,
    ) -> Result<Purged, StoreError> {
        let mut tables = self.tables();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let over = tables.accounts.sessions.values().filter(|stored| stored.session.is_over(now));
        let over = over.map(|stored| stored.session.id).take(limit).collect::<Vec<_>>();
        for id in &over {
            tables.accounts.sessions.remove(id);
        }
        let old = |stored: &&mut StoredSession| {
            stored.replay.is_some() && stored.session.created_at < replays_before
        };
        let mut replays = 0;
        for stored in tables.accounts.sessions.values_mut().filter(old).take(limit) {
            stored.replay = None;
            replays += 1;
        }
        let forgotten = tables.revocations.values().map(|stored| stored.revocation);
        let forgotten = forgotten.filter(|revocation| revocation.until <= now);
        let forgotten = forgotten.map(|revocation| revocation.subject).take(limit);
        let forgotten = forgotten.collect::<Vec<_>>();
        for id in &forgotten {
            tables.revocations.remove(id);
        }
        Ok(Purged { sessions: count(&over), replays, revocations: count(&forgotten) })
    }
}

fn count<T>(removed: &[T]) -> u64 {
    u64::try_from(removed.len()).unwrap_or(u64::MAX)
}
