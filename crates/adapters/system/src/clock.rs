use std::time::SystemTime;

use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::Clock;

/// The system clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the `Clock` that everyone else uses")]
    fn now(&self) -> Timestamp {
        timestamp(SystemTime::now())
    }
}

fn timestamp(time: SystemTime) -> Timestamp {
    let epoch = Timestamp::from_millis(0);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => epoch.plus(after),
        Err(before) => epoch.minus(before.duration()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_milliseconds_since_1970() {
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(timestamp(epoch), Timestamp::from_millis(0));
        assert_eq!(timestamp(epoch + Duration::from_micros(1_999)), Timestamp::from_millis(1));
        assert_eq!(timestamp(epoch - Duration::from_secs(1)), Timestamp::from_millis(-1000));
    }

    #[test]
    fn the_system_clock_is_past_2025() {
        assert!(SystemClock.now() > Timestamp::from_seconds(1_735_689_600));
    }
}
