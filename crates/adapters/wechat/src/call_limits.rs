use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::circuit_breaker::Refused;

/// How often one call is let through while WeChat says that the daily quota is used up, because the
/// operator can reset the quota.
const PROBE_INTERVAL: Duration = Duration::from_mins(1);

/// How long the answer to a probe is waited for before another call is let through.
const PROBE_TIME: Duration = Duration::from_secs(2);

/// Remembers which calls of one app WeChat limits, and until when. Each call has a quota of its own.
///
/// Until the time is over, calls are refused at once, so that no code is used up in vain. Then one
/// call is let through, every two seconds, until WeChat answers one of them.
#[derive(Default)]
pub(crate) struct CallLimits(Mutex<BTreeMap<&'static str, Limit>>);

struct Limit {
    /// When WeChat last said so.
    since: Instant,
    /// Until when.
    until: Instant,
    /// The first call at or after this time is let through.
    next_probe: Instant,
}

impl CallLimits {
    /// Allows or refuses a call.
    pub(crate) fn admit(&self, path: &'static str, now: Instant) -> Result<(), Refused> {
        match self.limits().get_mut(path) {
            Some(limit) if now < limit.next_probe => {
                Err(Refused::until(limit.until.max(limit.next_probe), now))
            }
            Some(limit) => {
                limit.next_probe = now + PROBE_TIME;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Notes WeChat's answer to a call that began at `begun`: for how long it limits this call, if
    /// it does. An answer to a call from before the limit lifts nothing.
    pub(crate) fn report(
        &self,
        path: &'static str,
        limited_for: Option<Duration>,
        begun: Instant,
        now: Instant,
    ) {
        let mut limits = self.limits();
        match limited_for {
            Some(time) => {
                let next_probe = now + time.min(PROBE_INTERVAL);
                limits.insert(path, Limit { since: now, until: now + time, next_probe });
            }
            None => {
                if limits.get(path).is_some_and(|limit| limit.since < begun) {
                    limits.remove(path);
                }
            }
        }
    }

    fn limits(&self) -> MutexGuard<'_, BTreeMap<&'static str, Limit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "sns/jscode2session";
    const SECOND: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_hours(1);

    fn refused(limits: &CallLimits, now: Instant) -> Duration {
        limits.admit(CALL, now).err().unwrap().retry_after
    }

    #[test]
    fn a_limited_call_is_refused_until_the_time_is_over() {
        let (limits, start) = (CallLimits::default(), Instant::now());
        let at = |seconds| start + seconds * SECOND;
        assert!(limits.admit(CALL, start).is_ok());
        limits.report(CALL, Some(20 * SECOND), start, at(1));
        assert_eq!(refused(&limits, at(1)), 20 * SECOND);
        assert_eq!(refused(&limits, at(20)), SECOND);
        assert!(limits.admit("another", at(2)).is_ok());
        limits.report(CALL, None, start, at(2));
        assert_eq!(refused(&limits, at(2)), 19 * SECOND, "the answer to an older call");
    }

    #[test]
    fn afterwards_one_call_at_a_time_is_let_through_until_wechat_answers_it() {
        let (limits, start) = (CallLimits::default(), Instant::now());
        let at = |seconds| start + seconds * SECOND;
        limits.report(CALL, Some(20 * SECOND), start, start);
        assert!(limits.admit(CALL, at(20)).is_ok());
        assert_eq!(refused(&limits, at(20)), 2 * SECOND);
        assert!(limits.admit(CALL, at(22)).is_ok());
        limits.report(CALL, None, at(22), at(23));
        for _ in 0..3 {
            assert!(limits.admit(CALL, at(23)).is_ok());
        }
    }

    #[test]
    fn a_used_up_daily_quota_is_probed_each_minute() {
        let (limits, start) = (CallLimits::default(), Instant::now());
        limits.report(CALL, Some(HOUR), start, start);
        assert_eq!(refused(&limits, start), HOUR);
        assert_eq!(refused(&limits, start + 59 * SECOND), HOUR.saturating_sub(59 * SECOND));
        let probed = start + 60 * SECOND;
        assert!(limits.admit(CALL, probed).is_ok());
        limits.report(CALL, Some(HOUR), probed, probed);
        assert_eq!(refused(&limits, probed), HOUR);
        let reset = probed + 60 * SECOND;
        assert!(limits.admit(CALL, reset).is_ok());
        limits.report(CALL, None, reset, reset);
        assert!(limits.admit(CALL, reset).is_ok());
    }
}
