use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The interval WeChat requires between forced refreshes of one app's token.
const INTERVAL: Duration = Duration::from_secs(30);

/// How many forced refreshes WeChat allows per day.
const PER_DAY: usize = 20;

const DAY: Duration = Duration::from_hours(24);

/// Limits this instance's forced refreshes of one app's token. Uses a monotonic clock, so that a
/// change of the system time does not use up the limit.
#[derive(Default)]
pub(super) struct ForcedRefreshes(VecDeque<Instant>);

/// WeChat would not refresh the token now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefreshDenied {
    TooSoon(Duration),
    UsedUp(Duration),
}

impl ForcedRefreshes {
    /// Counts one more refresh, or returns how long it has to wait.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), RefreshDenied> {
        let age = |at: &Instant| now.saturating_duration_since(*at);
        while self.0.front().is_some_and(|at| age(at) >= DAY) {
            self.0.pop_front();
        }
        if let Some(age) = self.0.back().map(age).filter(|age| *age < INTERVAL) {
            return Err(RefreshDenied::TooSoon(INTERVAL.saturating_sub(age)));
        }
        if let Some(first) = self.0.front().filter(|_| self.0.len() >= PER_DAY) {
            return Err(RefreshDenied::UsedUp(DAY.saturating_sub(age(first))));
        }
        self.0.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_seconds_apart() {
        let mut forced = ForcedRefreshes::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(forced.take(at(0)), Ok(()));
        assert_eq!(forced.take(at(0)), Err(RefreshDenied::TooSoon(Duration::from_secs(30))));
        assert_eq!(forced.take(at(29)), Err(RefreshDenied::TooSoon(Duration::from_secs(1))));
        assert_eq!(forced.take(at(30)), Ok(()), "refused ones do not count");
    }

    #[test]
    fn twenty_within_any_day() {
        let mut forced = ForcedRefreshes::default();
        let start = Instant::now();
        let at = |minutes| start + Duration::from_mins(minutes);
        for n in 0..20 {
            assert_eq!(forced.take(at(n)), Ok(()), "{n}");
        }
        assert_eq!(
            forced.take(at(20)),
            Err(RefreshDenied::UsedUp(Duration::from_mins(24 * 60 - 20)))
        );
        assert_eq!(forced.take(at(24 * 60)), Ok(()), "the first is a day old");
        assert_eq!(forced.take(at(24 * 60 + 1)), Ok(()), "and now the second");
        assert_eq!(
            forced.take(at(24 * 60 + 1)),
            Err(RefreshDenied::TooSoon(Duration::from_secs(30)))
        );
    }
}
