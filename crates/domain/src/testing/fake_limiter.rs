use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::ClientAddress;
use crate::ports::{CallLimiter, Caller, LimitedCall, RateLimiter, RetryAfter};

/// Whose permits are counted together.
#[derive(PartialEq, Eq, Hash)]
enum Holder {
    Address(ClientAddress),
    Caller(LimitedCall, Caller),
}

/// Gives every address, and every caller for each call, the same number of permits, once.
pub struct FakeLimiter {
    permits: usize,
    taken: Mutex<HashMap<Holder, usize>>,
}

impl FakeLimiter {
    /// How long everybody waits for a permit.
    pub const WAIT: Duration = Duration::from_secs(9);

    /// Gives everybody this many permits.
    #[must_use]
    pub fn new(permits: usize) -> Self {
        Self { permits, taken: Mutex::default() }
    }

    fn take_for(&self, holder: Holder) -> Result<(), RetryAfter> {
        let mut all = self.taken();
        let taken = all.entry(holder).or_default();
        if *taken == self.permits {
            return Err(RetryAfter(Self::WAIT));
        }
        *taken += 1;
        Ok(())
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Holder, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RateLimiter for FakeLimiter {
    fn take(&self, address: ClientAddress) -> Result<(), RetryAfter> {
        self.take_for(Holder::Address(address))
    }

    fn give_back(&self, address: ClientAddress) {
        if let Some(taken) = self.taken().get_mut(&Holder::Address(address)) {
            *taken = taken.saturating_sub(1);
        }
    }
}

impl CallLimiter for FakeLimiter {
    fn take(&self, call: LimitedCall, caller: Caller) -> Result<(), RetryAfter> {
        self.take_for(Holder::Caller(call, caller))
    }
}
