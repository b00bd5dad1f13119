#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wxlogin_domain::model::{ClientAddress, Timestamp};
use wxlogin_domain::ports::{Clock, RateLimiter, RetryAfter};

/// Maximum number of addresses that are stored at once, in about 5 MB.
const MAX_ADDRESSES: usize = 100_000;

type Recovery = HashMap<ClientAddress, Timestamp>;

/// A [`RateLimiter`] for one process.
///
/// When it stores too many addresses, it removes those that have all their permits, and then those that
/// will have them soonest. A removed address starts with a full burst again. After the clock was set
/// back, an address waits at most as long as after using up its burst.
pub struct MemoryRateLimiter {
    /// How long it takes to regain one permit.
    period: Duration,
    /// How long it takes to regain all permits but one.
    tolerance: Duration,
    max_addresses: usize,
    /// When each address has all its permits again (the algorithm's theoretical arrival time). An address
    /// without an entry has all of them.
    recovery: Mutex<Recovery>,
    clock: Arc<dyn Clock>,
}

impl MemoryRateLimiter {
    /// Gives every address `burst` permits, of which it regains one per `period`. The period is cut to whole
    /// milliseconds and is at least one.
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

    /// Returns how long to wait for a permit, or zero if one is left.
    fn wait(&self, recovery: &mut Timestamp, now: Timestamp) -> Duration {
        *recovery = (*recovery).min(self.latest_recovery(now));
        recovery.since(now.plus(self.tolerance))
    }

    /// Returns when an address without permits at `now` has all of them again. A later time was stored
    /// before the clock was set back.
    fn latest_recovery(&self, now: Timestamp) -> Timestamp {
        now.plus(self.tolerance).plus(self.period)
    }

    /// Removes at least one address in eight, so that this happens rarely.
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
