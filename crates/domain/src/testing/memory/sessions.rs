use std::cmp::Reverse;

use async_trait::async_trait;

use super::{MemoryStore, StoredSession, Tables};
use crate::model::{AuditEvent, Session, SessionId, Timestamp, UserId};
use crate::ports::{
    EndSessions, Ending, KeyedTag, Purged, Replayed, RevocationFeed, Rotation, RotationOutcome,
    SessionStore, StoreError,
};

#[async_trait]
impl SessionStore for MemoryStore {
    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.tables().sessions.get(&id).map(|stored| stored.session.clone()))
    }

    async fn find_replay(&self, key: KeyedTag) -> Result<Option<Replayed>, StoreError> {
        let tables = self.tables();
        let found = tables.sessions.values().find_map(|stored| {
            let replay = stored.replay.filter(|replay| replay.key == key)?;
            let user = tables.users.get(&stored.session.user_id)?.clone();
            let session = stored.session.clone();
            Some(Replayed { user, session, fingerprint: replay.fingerprint })
        });
        Ok(found)
    }

    async fn list_sessions(&self, user_id: UserId) -> Result<Vec<Session>, StoreError> {
        let tables = self.tables();
        let sessions = tables.sessions.values().map(|stored| stored.session.clone());
        let mut sessions =
            sessions.filter(|session| session.user_id == user_id).collect::<Vec<_>>();
        sessions.sort_by_key(|session| Reverse((session.last_used_at, session.id)));
        Ok(sessions)
    }

    async fn rotate(&self, rotation: Rotation) -> Result<RotationOutcome, StoreError> {
        Ok(self.tables().rotate(&rotation))
    }

    async fn end_sessions(&self, end: EndSessions) -> Result<u64, StoreError> {
        Ok(self.tables().end_sessions(end))
    }

    async fn revocations(&self, since: Option<Timestamp>) -> Result<RevocationFeed, StoreError> {
        let mut tables = self.tables();
        let read_at = tables.now();
        let revocations = tables.revocations.values();
        let revocations =
            revocations.filter(|stored| since.is_none_or(|at| at <= stored.revoked_at));
        Ok(RevocationFeed {
            revocations: revocations.map(|stored| stored.revocation).collect(),
            read_at,
        })
    }

    async fn purge(
        &self,
        now: Timestamp,
        replays_before: Timestamp,
        limit: u32,
    ) -> Result<Purged, StoreError> {
        let mut tables = self.tables();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let over = tables.sessions.values().filter(|stored| stored.session.is_over(now));
        let over = over.map(|stored| stored.session.id).take(limit).collect::<Vec<_>>();
        for id in &over {
            tables.sessions.remove(id);
        }
        let old = |stored: &&mut StoredSession| {
            stored.replay.is_some() && stored.session.created_at < replays_before
        };
        let mut replays = 0;
        for stored in tables.sessions.values_mut().filter(old).take(limit) {
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

impl Tables {
    fn rotate(&mut self, rotation: &Rotation) -> RotationOutcome {
        let Some(stored) = self.sessions.get(&rotation.session_id) else {
            return RotationOutcome::Gone;
        };
        let user_id = stored.session.user_id;
        let Some(user) = self.users.get(&user_id).cloned() else { return RotationOutcome::Gone };
        if self.is_disabled(user_id) {
            return RotationOutcome::Disabled;
        }
        let session = self.sessions.get_mut(&rotation.session_id).map(|stored| &mut stored.session);
        match session {
            None => RotationOutcome::Gone,
            Some(session) if session.generation != rotation.from => {
                RotationOutcome::Moved { user, session: session.clone() }
            }
            Some(session) => {
                session.generation = rotation.from.next();
                session.last_used_at = rotation.now;
                session.expires_at = rotation.expires_at;
                RotationOutcome::Rotated { user, session: session.clone() }
            }
        }
    }

    fn end_sessions(&mut self, end: EndSessions) -> u64 {
        let user_id = self.resolved(end.user_id);
        let mut ended = self.sessions_of(user_id);
        ended.retain(|id| match end.ending {
            Ending::One(ending) => *id == ending,
            Ending::AllBut(kept) => *id != kept,
        });
        for id in &ended {
            self.sessions.remove(id);
        }
        if !ended.is_empty() {
            self.write_events(end.event.map(|event| AuditEvent { user_id, ..event }));
        }
        let number = count(&ended);
        self.revoke(ended, end.tokens_until);
        number
    }
}
