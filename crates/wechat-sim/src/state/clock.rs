//! The simulated clock: the system's time plus an offset.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock that can be moved forward.
#[derive(Default)]
pub(crate) struct Clock {
    offset: Duration,
}

impl Clock {
    /// Milliseconds since the Unix epoch.
    #[expect(
        clippy::disallowed_methods,
        reason = "the simulator does not use the service's ports and reads the time here only"
    )]
    pub(crate) fn now(&self) -> u64 {
        let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(system.saturating_add(self.offset).as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.offset = self.offset.saturating_add(by);
    }
}
