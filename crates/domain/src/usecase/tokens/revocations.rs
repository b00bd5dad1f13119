//! Keeps the list of revoked access tokens in memory, so that checking a token needs no database.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::model::{AccessClaims, Revocation, Revoked, Timestamp};
use crate::ports::{Clock, SessionStore, StoreError};

/// The revocation list is too old to trust a token by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the revocation list is out of date")]
pub struct Stale;

/// This instance's copy of the revocations of all instances.
///
/// It is read from the database again and again. Each read overlaps the one before, because a
/// transaction can become visible after the time it carries.
pub struct Revocations {
    store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
    revoked: RwLock<HashMap<Revoked, Timestamp>>,
    read: RwLock<Option<Instant>>,
    /// The database's time at the last read. The lock allows one read at a time.
    position: Mutex<Option<Timestamp>>,
}

/// How far each read overlaps the one before.
const OVERLAP: Duration = Duration::from_secs(30);

/// How old the last read may be.
const FRESH: Duration = Duration::from_secs(10);

impl Revocations {
    /// Creates an empty list, which is out of date until the first [`Revocations::catch_up`].
    #[must_use]
    pub fn new(store: Arc<dyn SessionStore>, clock: Arc<dyn Clock>) -> Self {
        let (revoked, read, position) = (RwLock::default(), RwLock::default(), Mutex::default());
        Self { store, clock, revoked, read, position }
    }

    /// Reads the new revocations; the first time, all of them.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        let mut position = self.position.lock().await;
        let asked = Instant::now();
        let feed = self.store.revocations(position.map(|at| at.minus(OVERLAP))).await?;
        let now = self.clock.now();
        let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        revoked.extend(feed.revocations.into_iter().map(|one| (one.subject, one.until)));
        // Longer than the token lives, because another instance's clock may be behind.
        revoked.retain(|_, until| now < until.plus(OVERLAP));
        drop(revoked);
        *position = Some(feed.read_at);
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = Some(asked);
        Ok(())
    }

    /// Reads what this instance has just revoked. If that fails, the next read makes up for it.
    pub(crate) async fn catch_up_now(&self) {
        if let Err(error) = self.catch_up().await {
            tracing::warn!(%error, "cannot read revocations now; the next read will retry");
        }
    }

    /// Adds a revocation without reading the database.
    pub(crate) fn note(&self, revocation: Revocation) {
        let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        revoked.insert(revocation.subject, revocation.until);
    }

    /// Whether tokens with these claims are revoked.
    #[must_use]
    pub fn is_revoked(&self, claims: &AccessClaims) -> bool {
        Revoked::of(claims).into_iter().any(|subject| self.knows(subject))
    }

    fn knows(&self, subject: Revoked) -> bool {
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner);
        revoked.contains_key(&subject)
    }

    /// Fails if the last read is too old to tell that a token is not revoked.
    pub fn is_fresh(&self, now: Instant) -> Result<(), Stale> {
        let read = *self.read.read().unwrap_or_else(PoisonError::into_inner);
        let age = read.map(|read| now.saturating_duration_since(read));
        if age.is_some_and(|age| age <= FRESH) { Ok(()) } else { Err(Stale) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{EndSessions, Ending};
    use crate::testing::contract::Sample;
    use crate::testing::{ManualClock, MemoryStore};

    #[tokio::test]
    async fn revocations_of_another_instance_are_known_after_the_next_read() {
        let stores = MemoryStore::stores();
        let clock = Arc::new(ManualClock::default());
        let revocations = Revocations::new(stores.sessions.clone(), clock.clone());
        let session = Sample::of("oAlice").sign_in(&stores).await.session;
        assert_eq!(revocations.is_fresh(Instant::now()), Err(Stale), "nothing has been read yet");
        revocations.catch_up().await.unwrap();
        assert!(!revocations.knows(session.id.into()));
        let until = clock.now().plus(Duration::from_mins(15));
        let ending = Ending::One(session.id);
        let end =
            EndSessions { user_id: session.user_id, ending, tokens_until: until, event: None };
        stores.sessions.end_sessions(end).await.unwrap();
        revocations.catch_up().await.unwrap();
        assert!(revocations.knows(session.id.into()));
        clock.advance(Duration::from_mins(15));
        revocations.catch_up().await.unwrap();
        assert!(revocations.knows(session.id.into()), "clocks differ a little");
        clock.advance(OVERLAP);
        stores.sessions.purge(clock.now(), clock.now(), 10).await.unwrap();
        revocations.catch_up().await.unwrap();
        assert!(!revocations.knows(session.id.into()), "its tokens have expired");
    }

    #[tokio::test]
    async fn an_old_list_is_not_trusted() {
        let stores = MemoryStore::stores();
        let revocations = Revocations::new(stores.sessions, Arc::new(ManualClock::default()));
        revocations.catch_up().await.unwrap();
        let now = Instant::now();
        assert_eq!(revocations.is_fresh(now), Ok(()));
        assert_eq!(revocations.is_fresh(now + Duration::from_secs(11)), Err(Stale));
    }
}
