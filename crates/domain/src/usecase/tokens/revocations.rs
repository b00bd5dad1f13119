//! Knows which sessions' access tokens hold no more, without asking the database for each.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::model::{AccessClaims, Revocation, Revoked, Timestamp};
use crate::ports::{Clock, SessionStore, StoreError};

/// What was revoked is not known well enough to say that a token holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not known what was revoked lately")]
pub struct Stale;

/// What all instances have revoked, as this one knows them.
///
/// It is read from the database again and again. Each reading overlaps the one before, because a
/// transaction can become visible later than the time it carries.
pub struct Revocations {
    store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
    revoked: RwLock<HashMap<Revoked, Timestamp>>,
    read: RwLock<Option<Instant>>,
    /// The database's time at the last reading; the lock lets one reading happen at a time.
    position: Mutex<Option<Timestamp>>,
}

/// How far each reading goes back behind the one before.
const OVERLAP: Duration = Duration::from_secs(30);

/// How old the last reading may be.
const FRESH: Duration = Duration::from_secs(10);

impl Revocations {
    /// Wires the service. It knows nothing before the first [`Revocations::catch_up`].
    #[must_use]
    pub fn new(store: Arc<dyn SessionStore>, clock: Arc<dyn Clock>) -> Self {
        let (revoked, read, position) = (RwLock::default(), RwLock::default(), Mutex::default());
        Self { store, clock, revoked, read, position }
    }

    /// Reads what is new; the first time, everything.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        let mut position = self.position.lock().await;
        let asked = Instant::now();
        let feed = self.store.revocations(position.map(|at| at.minus(OVERLAP))).await?;
        let now = self.clock.now();
        let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        revoked.extend(feed.revocations.into_iter().map(|one| (one.subject, one.until)));
        // A clock that is a little ahead must not make a token hold again.
        revoked.retain(|_, until| now < until.plus(OVERLAP));
        drop(revoked);
        *position = Some(feed.read_at);
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = Some(asked);
        Ok(())
    }

    /// Reads what this instance has just revoked. A failure is made up for by the next reading.
    pub(in crate::usecase) async fn see_at_once(&self) {
        if let Err(error) = self.catch_up().await {
            tracing::warn!(%error, "a revocation will be seen a little later");
        }
    }

    /// Knows of one without reading.
    pub(in crate::usecase) fn note(&self, revocation: Revocation) {
        let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        revoked.insert(revocation.subject, revocation.until);
    }

    /// Whether tokens with these claims are known to hold no more.
    #[must_use]
    pub fn is_revoked(&self, claims: &AccessClaims) -> bool {
        Revoked::of(claims).into_iter().any(|subject| self.knows(subject))
    }

    fn knows(&self, subject: Revoked) -> bool {
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner);
        revoked.contains_key(&subject)
    }

    /// Whether the last reading is recent enough to believe that a session is not revoked.
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
    async fn what_another_instance_revokes_is_known_after_the_next_reading() {
        let stores = MemoryStore::stores();
        let clock = Arc::new(ManualClock::default());
        let revocations = Revocations::new(stores.sessions.clone(), clock.clone());
        let session = Sample::of("oAlice").sign_in(&stores).await.session;
        assert_eq!(revocations.is_fresh(Instant::now()), Err(Stale), "nothing was read yet");
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
        assert!(!revocations.knows(session.id.into()), "its tokens have expired by themselves");
    }

    #[tokio::test]
    async fn an_old_reading_is_not_believed() {
        let stores = MemoryStore::stores();
        let revocations = Revocations::new(stores.sessions, Arc::new(ManualClock::default()));
        revocations.catch_up().await.unwrap();
        let now = Instant::now();
        assert_eq!(revocations.is_fresh(now), Ok(()));
        assert_eq!(revocations.is_fresh(now + Duration::from_secs(11)), Err(Stale));
    }
}
