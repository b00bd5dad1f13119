//! Keeps the list of revoked access tokens in memory, so that checking a token needs no database.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::revoked::RevokedSet;
use crate::model::{AccessClaims, Revocation, Revoked, Timestamp};
use crate::ports::{Clock, FeedPosition, SessionStore, StoreError};

/// The revocation list is too old to trust a token by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the revocation list is out of date")]
pub struct Stale;

/// This instance's copy of the revocations of all instances.
///
/// It is read from the database again and again. Each read overlaps the one before, because a
/// transaction can become visible after the time it carries. The first read takes a while if there are
/// millions; until it is complete, the database tells whether a token is valid.
pub struct Revocations {
    store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
    revoked: RwLock<RevokedSet>,
    read: RwLock<Option<Instant>>,
    /// How often something was revoked here during the first read, which may have missed it.
    missed: AtomicU64,
    /// The database's time at the last read. The lock allows one read at a time.
    position: Mutex<Option<Timestamp>>,
}

/// How far each read overlaps the one before, at least.
const OVERLAP: Duration = Duration::from_secs(30);

/// How long a revocation is kept after its tokens have expired, because another instance's clock may
/// be behind.
const CLOCKS: Duration = Duration::from_secs(30);

/// How many revocations are read at once.
const PAGE: u32 = 10_000;

/// How old the last read may be.
const FRESH: Duration = Duration::from_secs(10);

impl Revocations {
    /// Creates an empty list, which is out of date until the first [`Revocations::catch_up`].
    #[must_use]
    pub fn new(store: Arc<dyn SessionStore>, clock: Arc<dyn Clock>) -> Self {
        let (revoked, read, position) = (RwLock::default(), RwLock::default(), Mutex::default());
        Self { store, clock, revoked, read, missed: AtomicU64::new(0), position }
    }

    /// Reads the new revocations; the first time, all of them, however long that takes.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        let mut position = self.position.lock().await;
        if position.is_none() {
            *position = Some(self.read_from(None).await?);
        }
        loop {
            let (asked, missed) = (Instant::now(), self.missed.load(Ordering::SeqCst));
            let overlap = self.store.feed_delay().max(OVERLAP);
            let from = position.map(|read_at| read_at.minus(overlap).into());
            *position = Some(self.read_from(from).await?);
            let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
            if missed == self.missed.load(Ordering::SeqCst) {
                *read = Some(asked);
                break;
            }
        }
        self.revoked().sweep(self.clock.now());
        Ok(())
    }

    /// Whether all revocations have been read at least once. Until then, neither
    /// [`Revocations::is_revoked`] nor [`Revocations::is_fresh`] tells whether a token is valid.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.read.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Reads page after page, and returns the database's time before the first.
    async fn read_from(&self, from: Option<FeedPosition>) -> Result<Timestamp, StoreError> {
        let mut feed = self.store.revocations(from, PAGE).await?;
        let read_at = feed.read_at;
        loop {
            self.add(feed.revocations);
            let Some(next) = feed.next else { return Ok(read_at) };
            feed = self.store.revocations(Some(next), PAGE).await?;
        }
    }

    fn add(&self, revocations: Vec<Revocation>) {
        let mut revoked = self.revoked();
        for Revocation { subject, until } in revocations {
            revoked.insert(subject, until.plus(CLOCKS));
        }
    }

    fn revoked(&self) -> RwLockWriteGuard<'_, RevokedSet> {
        self.revoked.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what this instance has just revoked. If that fails, the next read makes up for it. Does not
    /// wait for the first read.
    pub(crate) async fn catch_up_now(&self) {
        if self.is_missed() {
            return;
        }
        if let Err(error) = self.catch_up().await {
            tracing::warn!(%error, "cannot read revocations now; the next read will retry");
        }
    }

    /// Lets the first read, if that is not complete, read once more at its end.
    fn is_missed(&self) -> bool {
        let read = self.read.read().unwrap_or_else(PoisonError::into_inner);
        if read.is_none() {
            self.missed.fetch_add(1, Ordering::SeqCst);
        }
        read.is_none()
    }

    /// Adds a revocation without reading the database.
    pub(crate) fn note(&self, revocation: Revocation) {
        self.add(vec![revocation]);
    }

    /// Whether tokens with these claims are revoked.
    #[must_use]
    pub fn is_revoked(&self, claims: &AccessClaims) -> bool {
        Revoked::of(claims).into_iter().any(|subject| self.knows(subject))
    }

    fn knows(&self, subject: Revoked) -> bool {
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner);
        revoked.contains(subject)
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
    use mockall::Sequence;

    use super::*;
    use crate::ports::{EndSessions, Ending, MockSessionStore, RevocationFeed, TokensUntil};
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
        let (now, access) = (clock.now(), clock.now().plus(Duration::from_mins(15)));
        let tokens_until = TokensUntil { now, access, original: access };
        let ending = Ending::One(session.id);
        let end = EndSessions { user_id: session.user_id, ending, tokens_until, event: None };
        stores.sessions.end_sessions(end).await.unwrap();
        revocations.catch_up().await.unwrap();
        assert!(revocations.knows(session.id.into()));
        clock.advance(Duration::from_mins(15));
        revocations.catch_up().await.unwrap();
        assert!(revocations.knows(session.id.into()), "clocks differ a little");
        clock.advance(CLOCKS + Duration::from_secs(1));
        stores.sessions.purge(clock.now(), clock.now(), 10).await.unwrap();
        for _ in 0..64 {
            revocations.catch_up().await.unwrap();
        }
        assert!(!revocations.knows(session.id.into()), "its tokens have expired");
    }

    #[tokio::test]
    async fn a_revocation_that_is_committed_late_is_read() {
        let delay = Duration::from_mins(2);
        let mut sessions = MockSessionStore::new();
        sessions.expect_feed_delay().return_const(delay);
        let read_at = Timestamp::from_seconds(1_000_000);
        let mut order = Sequence::new();
        for from in [None, Some(read_at.minus(delay).into())] {
            let empty = RevocationFeed { revocations: vec![], next: None, read_at };
            sessions
                .expect_revocations()
                .withf(move |asked, _| *asked == from)
                .once()
                .in_sequence(&mut order)
                .return_once(move |_, _| Ok(empty));
        }
        let revocations = Revocations::new(Arc::new(sessions), Arc::new(ManualClock::default()));
        revocations.catch_up().await.unwrap();
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
