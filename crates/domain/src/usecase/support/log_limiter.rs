use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Allows one log line a minute, for events that clients can cause thousands of times a second.
#[derive(Default)]
pub(crate) struct LogLimiter(Mutex<Option<Instant>>);

const MINUTE: Duration = Duration::from_mins(1);

impl LogLimiter {
    /// Whether a line may be logged now; if so, the next minute has none.
    pub(crate) fn allows(&self, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let allows = last.is_none_or(|last| now.saturating_duration_since(last) >= MINUTE);
        if allows {
            *last = Some(now);
        }
        allows
    }
}
