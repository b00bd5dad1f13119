//! Simulated time: the system's, plus what was advanced.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock that tests can move forward.
#[derive(Default)]
pub(crate) struct Clock {
    ahead: Duration,
}

impl Clock {
    /// Milliseconds since the Unix epoch.
    #[expect(
        clippy::disallowed_methods,
        reason = "the simulator depends on no port of the service and reads the time here only"
    )]
    pub(crate) fn now(&self) -> u64 {
        let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(system.saturating_add(self.ahead).as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.ahead = self.ahead.saturating_add(by);
    }
}
