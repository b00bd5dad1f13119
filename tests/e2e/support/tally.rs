use std::fmt;
use std::time::{Duration, Instant};

/// How requests of one kind went.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) succeeded: usize,
    pub(crate) failed: usize,
    pub(crate) slowest: Duration,
}

impl Tally {
    /// Repeats a request, which returns whether it succeeded.
    pub(crate) async fn of<F: Future<Output = bool>>(
        goes_on: impl Fn() -> bool,
        pause: Duration,
        request: impl Fn() -> F,
    ) -> Self {
        let mut tally = Self::default();
        while goes_on() {
            let begun = Instant::now();
            tally.note(request().await, begun.elapsed());
            tokio::time::sleep(pause).await;
        }
        tally
    }

    /// Adds one request.
    pub(crate) fn note(&mut self, has_succeeded: bool, took: Duration) {
        self.succeeded += usize::from(has_succeeded);
        self.failed += usize::from(!has_succeeded);
        self.slowest = self.slowest.max(took);
    }

    /// Checks that there were requests, and that all of them succeeded in time.
    pub(crate) fn check(&self, kind: &str, limit: Duration) {
        assert!(self.succeeded > 0 && self.failed == 0, "{kind}: {self}");
        assert!(self.slowest < limit, "{kind}: {self}");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { succeeded, failed, slowest } = self;
        write!(f, "{succeeded} succeeded, {failed} failed, the slowest took {slowest:?}")
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |all, one| Self {
            succeeded: all.succeeded + one.succeeded,
            failed: all.failed + one.failed,
            slowest: all.slowest.max(one.slowest),
        })
    }
}
