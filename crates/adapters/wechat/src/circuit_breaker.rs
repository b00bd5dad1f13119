use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many unanswered calls in a row open the circuit.
const FAILURE_THRESHOLD: u32 = 5;

/// How often one call is let through while the circuit is open.
const PROBE_INTERVAL: Duration = Duration::from_secs(2);

/// The shortest `retry_after` of a refused call.
const MIN_RETRY_AFTER: Duration = Duration::from_secs(1);

/// A circuit breaker. While WeChat does not answer, it lets one call through every two seconds, as
/// a probe, and refuses all others at once.
///
/// A probe that hangs does not delay the next one, so the time until WeChat's return is noticed
/// does not depend on the timeout of a call. Reports of calls that began before the circuit last
/// opened or closed are ignored.
pub(crate) struct CircuitBreaker(Mutex<State>);

struct State {
    /// How often the circuit has opened or closed.
    epoch: u64,
    phase: Phase,
}

#[derive(Clone, Copy)]
enum Phase {
    /// Every call is let through. `failures` calls in a row were not answered.
    Closed { failures: u32 },
    /// The first call at or after `next_probe` is let through.
    Open { next_probe: Instant },
}

/// Allows one call.
pub(crate) struct Permit<'a> {
    breaker: &'a CircuitBreaker,
    epoch: u64,
    is_probe: bool,
}

/// The circuit is open.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The time until the next call is let through, at least one second.
    pub(crate) retry_after: Duration,
}

/// What a report changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Opened,
    Closed,
}

impl CircuitBreaker {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { epoch: 0, phase: Phase::Closed { failures: 0 } }))
    }

    /// Allows or refuses a call.
    pub(crate) fn admit(&self, now: Instant) -> Result<Permit<'_>, Refused> {
        let mut state = self.state();
        let is_probe = match state.phase {
            Phase::Closed { .. } => false,
            Phase::Open { next_probe } if now < next_probe => {
                return Err(Refused::until(next_probe, now));
            }
            Phase::Open { .. } => {
                state.phase = Phase::Open { next_probe: now + PROBE_INTERVAL };
                true
            }
        };
        Ok(Permit { breaker: self, epoch: state.epoch, is_probe })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// Whether this call probes whether WeChat answers again.
    pub(crate) fn is_probe(&self) -> bool {
        self.is_probe
    }

    /// Fails if the circuit has opened since the permit was given; for calls that waited.
    pub(crate) fn check(&self, now: Instant) -> Result<(), Refused> {
        let state = self.breaker.state();
        match state.phase {
            Phase::Open { next_probe } if state.epoch != self.epoch => {
                Err(Refused::until(next_probe, now))
            }
            Phase::Open { .. } | Phase::Closed { .. } => Ok(()),
        }
    }

    /// Reports whether WeChat answered the call, with success or an error.
    pub(crate) fn report(&self, answered: bool, now: Instant) -> Option<Change> {
        let mut state = self.breaker.state();
        if state.epoch != self.epoch {
            return None;
        }
        let (phase, change) = match state.phase {
            Phase::Closed { .. } if answered => (Phase::Closed { failures: 0 }, None),
            Phase::Closed { failures } if failures + 1 < FAILURE_THRESHOLD => {
                (Phase::Closed { failures: failures + 1 }, None)
            }
            Phase::Closed { .. } => {
                (Phase::Open { next_probe: now + PROBE_INTERVAL }, Some(Change::Opened))
            }
            Phase::Open { .. } if answered => (Phase::Closed { failures: 0 }, Some(Change::Closed)),
            Phase::Open { next_probe } => (Phase::Open { next_probe }, None),
        };
        state.phase = phase;
        state.epoch += u64::from(change.is_some());
        change
    }
}

impl Refused {
    pub(crate) fn until(next_probe: Instant, now: Instant) -> Self {
        Self { retry_after: next_probe.saturating_duration_since(now).max(MIN_RETRY_AFTER) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// Gives the instant that many milliseconds after now.
    fn clock() -> impl Fn(u64) -> Instant {
        let start = Instant::now();
        move |millis| start + Duration::from_millis(millis)
    }

    fn fail(breaker: &CircuitBreaker, times: u32, now: Instant) {
        for _ in 0..times {
            breaker.admit(now).ok().unwrap().report(false, now);
        }
    }

    fn refused(breaker: &CircuitBreaker, now: Instant) -> Duration {
        breaker.admit(now).err().unwrap().retry_after
    }

    #[test]
    fn unanswered_calls_in_a_row_open_the_circuit() {
        let (breaker, at) = (CircuitBreaker::new(), clock());
        fail(&breaker, FAILURE_THRESHOLD - 1, at(0));
        breaker.admit(at(1)).ok().unwrap().report(true, at(1));
        fail(&breaker, FAILURE_THRESHOLD - 1, at(2));
        let last = breaker.admit(at(3)).ok().unwrap();
        assert!(!last.is_probe());
        assert_eq!(last.report(false, at(3)), Some(Change::Opened));
        assert_eq!(refused(&breaker, at(3)), Duration::from_secs(2));
        assert_eq!(refused(&breaker, at(503)), Duration::from_millis(1500));
        assert_eq!(refused(&breaker, at(1903)), Duration::from_secs(1), "never less than a second");
        assert_eq!(refused(&breaker, at(2002)), Duration::from_secs(1));
    }

    #[test]
    fn one_probe_at_a_time_closes_the_circuit() {
        let (breaker, at) = (CircuitBreaker::new(), clock());
        fail(&breaker, FAILURE_THRESHOLD, at(0));
        let first = breaker.admit(at(2000)).ok().unwrap();
        assert!(first.is_probe());
        refused(&breaker, at(2000));
        assert_eq!(first.report(false, at(2500)), None);
        assert_eq!(refused(&breaker, at(2500)), Duration::from_millis(1500));
        let hangs = breaker.admit(at(4000)).ok().unwrap();
        assert_eq!(refused(&breaker, at(5999)), Duration::from_secs(1));
        let third = breaker.admit(at(6000)).ok().unwrap();
        assert_eq!(third.report(true, at(6100)), Some(Change::Closed));
        assert!(!breaker.admit(at(6100)).ok().unwrap().is_probe());
        for _ in 0..FAILURE_THRESHOLD {
            assert_eq!(hangs.report(false, at(9000)), None, "it began before the circuit closed");
        }
        assert!(breaker.admit(at(9000)).is_ok());
    }

    #[test]
    fn a_probe_without_a_report_does_not_stop_the_next() {
        let (breaker, at) = (CircuitBreaker::new(), clock());
        fail(&breaker, FAILURE_THRESHOLD, at(0));
        assert!(breaker.admit(at(2000)).is_ok(), "the probe is never reported");
        refused(&breaker, at(3999));
        assert!(breaker.admit(at(4000)).ok().unwrap().is_probe());
    }

    #[test]
    fn a_waiting_call_is_refused_when_the_circuit_opens() {
        let (breaker, at) = (CircuitBreaker::new(), clock());
        let waiting = breaker.admit(at(0)).ok().unwrap();
        assert_eq!(waiting.check(at(0)), Ok(()));
        fail(&breaker, FAILURE_THRESHOLD, at(0));
        assert_eq!(
            waiting.check(at(500)),
            Err(Refused { retry_after: Duration::from_millis(1500) })
        );
        assert_eq!(waiting.report(true, at(600)), None, "it began before the circuit opened");
        refused(&breaker, at(600));
        let probe = breaker.admit(at(2000)).ok().unwrap();
        assert_eq!(probe.check(at(2000)), Ok(()));
    }

    /// 200 calls a second for a minute in which WeChat does not answer; each call that is let
    /// through times out after five seconds.
    #[test]
    fn an_outage_lets_few_calls_through_and_ends_within_seconds() {
        let (breaker, at) = (CircuitBreaker::new(), clock());
        let mut in_flight = VecDeque::new();
        let mut opened_at = None;
        let (mut made, mut refused) = (0_u32, 0_u32);
        for millis in (0..60_000).step_by(5) {
            while in_flight.front().is_some_and(|(end, _)| *end <= millis) {
                let (_, permit): (u64, Permit<'_>) = in_flight.pop_front().unwrap();
                if permit.report(false, at(millis)) == Some(Change::Opened) {
                    assert_eq!(opened_at.replace(millis), None, "the circuit opens once");
                }
            }
            match breaker.admit(at(millis)) {
                Ok(permit) => {
                    made += u32::from(opened_at.is_some());
                    in_flight.push_back((millis + 5000, permit));
                }
                Err(Refused { retry_after }) => {
                    refused += 1;
                    assert!(retry_after >= Duration::from_secs(1));
                    assert!(retry_after <= PROBE_INTERVAL);
                }
            }
        }
        assert_eq!(opened_at, Some(5000 + 5 * u64::from(FAILURE_THRESHOLD - 1)));
        assert!(made * 100 < refused, "more than 99 % are refused: {made} made, {refused} refused");

        // WeChat answers again.
        let closed = (60_000..).step_by(5).find_map(|millis| {
            let probe = breaker.admit(at(millis)).ok()?;
            probe.report(true, at(millis + 100)).map(|change| (change, millis + 100))
        });
        let (change, closed_at) = closed.unwrap();
        assert_eq!(change, Change::Closed);
        assert!(closed_at <= 62_100, "{closed_at}");
    }
}
