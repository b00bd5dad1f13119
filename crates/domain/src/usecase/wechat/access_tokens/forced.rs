use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How far apart WeChat wants forced renewals of one app's token.
const APART: Duration = Duration::from_secs(30);

/// How many of them it allows in a day.
const A_DAY: usize = 20;

const DAY: Duration = Duration::from_hours(24);

/// When this instance had an app's token renewed by force, within the last day. Timed by a clock
/// that never leaps, because a leap would use up what WeChat allows.
#[derive(Default)]
pub(super) struct Forced(VecDeque<Instant>);

/// WeChat would not renew the token now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotNow {
    TooSoon(Duration),
    UsedUp(Duration),
}

impl Forced {
    /// Notes one more, or says how long it has to wait.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), NotNow> {
        let age = |at: &Instant| now.saturating_duration_since(*at);
        while self.0.front().is_some_and(|at| age(at) >= DAY) {
            self.0.pop_front();
        }
        if let Some(age) = self.0.back().map(age).filter(|age| *age < APART) {
            return Err(NotNow::TooSoon(APART.saturating_sub(age)));
        }
        if let Some(first) = self.0.front().filter(|_| self.0.len() >= A_DAY) {
            return Err(NotNow::UsedUp(DAY.saturating_sub(age(first))));
        }
        self.0.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_minute_apart() {
        let mut forced = Forced::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(forced.take(at(0)), Ok(()));
        assert_eq!(forced.take(at(0)), Err(NotNow::TooSoon(Duration::from_secs(30))));
        assert_eq!(forced.take(at(29)), Err(NotNow::TooSoon(Duration::from_secs(1))));
        assert_eq!(forced.take(at(30)), Ok(()), "those that were refused do not count");
    }

    #[test]
    fn twenty_within_any_day() {
        let mut forced = Forced::default();
        let start = Instant::now();
        let at = |minutes| start + Duration::from_mins(minutes);
        for n in 0..20 {
            assert_eq!(forced.take(at(n)), Ok(()), "{n}");
        }
        assert_eq!(forced.take(at(20)), Err(NotNow::UsedUp(Duration::from_mins(24 * 60 - 20))));
        assert_eq!(forced.take(at(24 * 60)), Ok(()), "the first is a day old");
        assert_eq!(forced.take(at(24 * 60 + 1)), Ok(()), "and now the second");
        assert_eq!(forced.take(at(24 * 60 + 1)), Err(NotNow::TooSoon(Duration::from_secs(30))));
    }
}
