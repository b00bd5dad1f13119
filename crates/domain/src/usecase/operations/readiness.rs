//! Keeps in memory whether the database accepts writes, so that asking costs nothing.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::ports::{DeploymentStore, StoreError};
use crate::usecase::tokens::revocations::{Revocations, Stale};

/// Why the instance is not ready.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// The last probe of the database failed, or there was none for too long.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The revocation list is out of date.
    #[error(transparent)]
    Revocations(#[from] Stale),
}

/// Whether this instance can sign in users and verify tokens.
pub struct Readiness {
    deployment: Arc<dyn DeploymentStore>,
    revocations: Arc<Revocations>,
    last: RwLock<Option<Probed>>,
}

/// The database's last answer, and when it was asked.
struct Probed {
    asked: Instant,
    answer: Result<(), StoreError>,
}

/// How long a probe may take: a little longer than a request waits for the database by default, so
/// that a busy database is not taken for one that is away.
const LIMIT: Duration = Duration::from_secs(4);

/// How old the last answer may be.
const FRESH: Duration = Duration::from_secs(6);

impl Readiness {
    pub(crate) fn new(deployment: Arc<dyn DeploymentStore>, revocations: Arc<Revocations>) -> Self {
        Self { deployment, revocations, last: RwLock::default() }
    }

    /// Asks the database whether it accepts writes, and remembers the answer.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let asked = Instant::now();
        let answer = tokio::time::timeout(LIMIT, self.deployment.ping()).await;
        let answer = answer.unwrap_or_else(|_| Err(unavailable("no answer to a probe in time")));
        let probed = Probed { asked, answer: answer.clone() };
        *self.last.write().unwrap_or_else(PoisonError::into_inner) = Some(probed);
        answer
    }

    /// Fails if the instance is not ready. Reads nothing but memory.
    pub fn check(&self, now: Instant) -> Result<(), NotReady> {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        let last = last.as_ref().filter(|last| now.saturating_duration_since(last.asked) <= FRESH);
        last.map_or_else(|| Err(unavailable("it was not probed lately")), |it| it.answer.clone())?;
        if self.revocations.is_complete() {
            self.revocations.is_fresh(now)?;
        }
        Ok(())
    }

    /// Fails if the last probe has failed: the database is known to accept no writes.
    pub(crate) fn admits_login(&self) -> Result<(), StoreError> {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map_or(Ok(()), |last| last.answer.clone())
    }
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.into())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::testing::MemoryStore;
    use crate::usecase::harness::Harness;

    #[tokio::test]
    async fn an_instance_is_ready_while_the_last_probe_was_good() {
        let store = Arc::new(MemoryStore::default());
        let harness = Harness::with(|ports, _| ports.stores = store.ports()).await;
        let readiness = &harness.readiness;
        assert!(readiness.check(Instant::now()).is_err(), "nothing was asked yet");
        readiness.probe().await.unwrap();
        assert_eq!(readiness.check(Instant::now()), Ok(()));
        store.is_away.store(true, Ordering::SeqCst);
        assert_eq!(readiness.check(Instant::now()), Ok(()), "it is not asked again here");
        let error = readiness.probe().await.unwrap_err();
        assert_eq!(readiness.check(Instant::now()), Err(NotReady::Store(error)));
        store.is_away.store(false, Ordering::SeqCst);
        readiness.probe().await.unwrap();
        let now = Instant::now();
        assert_eq!(readiness.check(now + Duration::from_secs(5)), Ok(()));
        assert!(readiness.check(now + Duration::from_secs(7)).is_err(), "the answer is too old");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_hangs_is_given_up() {
        let store = Arc::new(MemoryStore::default());
        let harness = Harness::with(|ports, _| ports.stores = store.ports()).await;
        store.hangs.store(true, Ordering::SeqCst);
        assert!(harness.readiness.probe().await.is_err());
        assert!(harness.readiness.check(Instant::now()).is_err());
    }
}
