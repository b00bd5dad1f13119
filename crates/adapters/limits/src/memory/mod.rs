#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wxlogin_domain::model::{ClientAddress, Timestamp};
use wxlogin_domain::ports::{Clock, RateLimiter, RetryAfter};

/// Most addresses remembered at once, some 5 MB of them.
const MAX_ADDRESSES: usize = 100_000;

type Recovery = HashMap<ClientAddress, Timestamp>;

/// A [`RateLimiter`] of one process.
///
/// When it remembers too many addresses it forgets those that have all their permits back, and
/// then those that soonest will; a forgotten address starts with its burst again. When the clock
/// steps back, an address waits for as long as if it had just used up its burst, and no longer.
pub struct MemoryRateLimiter {
    /// How long one permit takes to come back.
    period: Duration,
    /// How long all permits but one take to come back.
    tolerance: Duration,
    max_addresses: usize,
    /// When each address has all its permits back (the algorithm's theoretical arrival time).
    /// An address that is not here has them all.
    recovery: Mutex<Recovery>,
    clock: Arc<dyn Clock>,
}

impl MemoryRateLimiter {
    /// Gives every address `burst` permits, of which one comes back each `period` (cut to whole
    /// milliseconds, which is what the clock counts, and at least one).
    #[must_use]
    pub fn new(burst: NonZeroU32, period: Duration, clock: Arc<dyn Clock>) -> Self {
        let millis = u64::try_from(period.as_millis()).unwrap_or(u64::MAX);
        let period = Duration::from_millis(millis.max(1));
        Self {
            period,
            tolerance: period.saturating_mul(burst.get() - 1),
            max_addresses: MAX_ADDRESSES,
            recovery: Mutex::default(),
            clock,
        }
    }

    /// How long until there is a permit left; zero when there is one.
    fn wait(&self, recovery: &mut Timestamp, now: Timestamp) -> Duration {
        *recovery = (*recovery).min(self.latest_recovery(now));
        recovery.since(now.plus(self.tolerance))
    }

    /// When an address that has no permit left at `now` has them all back. Anything later was
    /// written before the clock stepped back.
    fn latest_recovery(&self, now: Timestamp) -> Timestamp {
        now.plus(self.tolerance).plus(self.period)
    }

    /// Forgets at least one address in eight, so that this is rare.
    fn make_room(&self, recovery: &mut Recovery, now: Timestamp) {
        let latest = self.latest_recovery(now);
        recovery.retain(|_, at| {
            *at = (*at).min(latest);
            *at > now
        });
        let surplus = recovery.len().saturating_sub(self.max_addresses * 7 / 8);
        if surplus > 0 {
            let mut soonest: Vec<_> = recovery.iter().map(|(who, at)| (*at, *who)).collect();
            soonest.select_nth_unstable_by_key(surplus - 1, |(at, _)| *at);
            for (_, who) in &soonest[..surplus] {
                recovery.remove(who);
            }
        }
    }

    fn recovery(&self) -> MutexGuard<'_, Recovery> {
        self.recovery.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RateLimiter for MemoryRateLimiter {
    fn take(&self, address: ClientAddress) -> Result<(), RetryAfter> {
        let now = self.clock.now();
        let mut recovery = self.recovery();
        if recovery.len() >= self.max_addresses && !recovery.contains_key(&address) {
            self.make_room(&mut recovery, now);
        }
        let at = recovery.entry(address).or_insert(now);
        let wait = self.wait(at, now);
        if !wait.is_zero() {
            return Err(RetryAfter(wait));
        }
        *at = (*at).max(now).plus(self.period);
        Ok(())
    }

    fn give_back(&self, address: ClientAddress) {
        if let Some(at) = self.recovery().get_mut(&address) {
            *at = at.minus(self.period);
        }
    }
}
