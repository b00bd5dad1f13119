use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lets one line a minute into the log: whoever causes it can cause thousands a second.
#[derive(Default)]
pub(super) struct Seldom(Mutex<Option<Instant>>);

const MINUTE: Duration = Duration::from_mins(1);

impl Seldom {
    pub(super) fn is_time(&self, now: Instant) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = told.is_none_or(|told| now.saturating_duration_since(told) >= MINUTE);
        if is_time {
            *told = Some(now);
        }
        is_time
    }
}
