use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many calls in a row have to find no WeChat for it to be left alone.
const RUN: u32 = 5;

/// How often it is tried again while it is left alone.
const PROBE_EVERY: Duration = Duration::from_secs(2);

/// The shortest time anybody is asked to wait.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// A circuit breaker: while WeChat does not answer it lets one call through every two seconds, which
/// finds out whether it does again, and refuses the others at once.
///
/// A probe that hangs does not hold up the next one, so that what a dead WeChat costs and how soon
/// its return is noticed do not depend on how long a call may take. What calls report that began
/// before the last change is out of date and not listened to.
pub(crate) struct Breaker(Mutex<State>);

struct State {
    /// Counts the changes.
    epoch: u64,
    phase: Phase,
}

#[derive(Clone, Copy)]
enum Phase {
    /// Everybody is let through. So many calls in a row have found no WeChat.
    Closed { failures: u32 },
    /// The next who comes at or after this moment is let through.
    Open { next_probe: Instant },
}

/// That a call may be made.
pub(crate) struct Permit<'a> {
    breaker: &'a Breaker,
    epoch: u64,
    is_probe: bool,
}

/// That no call may be made, and when the next one will be let through.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) retry_after: Duration,
}

/// What a report has changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Opened,
    Closed,
}

impl Breaker {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { epoch: 0, phase: Phase::Closed { failures: 0 } }))
    }

    pub(crate) fn admit(&self, now: Instant) -> Result<Permit<'_>, Refused> {
        let mut state = self.state();
        let is_probe = match state.phase {
            Phase::Closed { .. } => false,
            Phase::Open { next_probe } if now < next_probe => {
                return Err(Refused::until(next_probe, now));
            }
            Phase::Open { .. } => {
                state.phase = Phase::Open { next_probe: now + PROBE_EVERY };
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
    /// Whether this call is the one that finds out whether WeChat answers again.
    pub(crate) fn is_probe(&self) -> bool {
        self.is_probe
    }

    /// Whether the permit still holds, for a call that has waited before it began.
    pub(crate) fn check(&self, now: Instant) -> Result<(), Refused> {
        let state = self.breaker.state();
        match state.phase {
            Phase::Open { next_probe } if state.epoch != self.epoch => {
                Err(Refused::until(next_probe, now))
            }
            Phase::Open { .. } | Phase::Closed { .. } => Ok(()),
        }
    }

    /// Tells whether WeChat has answered, whatever it said.
    pub(crate) fn report(&self, answered: bool, now: Instant) -> Option<Change> {
        let mut state = self.breaker.state();
        if state.epoch != self.epoch {
            return None;
        }
        let (phase, change) = match state.phase {
            Phase::Closed { .. } if answered => (Phase::Closed { failures: 0 }, None),
            Phase::Closed { failures } if failures + 1 < RUN => {
                (Phase::Closed { failures: failures + 1 }, None)
            }
            Phase::Closed { .. } => {
                (Phase::Open { next_probe: now + PROBE_EVERY }, Some(Change::Opened))
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
    fn until(next_probe: Instant, now: Instant) -> Self {
        Self { retry_after: next_probe.saturating_duration_since(now).max(SHORTEST_WAIT) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// Moments in milliseconds.
    fn clock() -> impl Fn(u64) -> Instant {
        let start = Instant::now();
        move |millis| start + Duration::from_millis(millis)
    }

    fn fail(breaker: &Breaker, times: u32, now: Instant) {
        for _ in 0..times {
            breaker.admit(now).ok().unwrap().report(false, now);
        }
    }

    fn refused(breaker: &Breaker, now: Instant) -> Duration {
        breaker.admit(now).err().unwrap().retry_after
    }

    #[test]
    fn a_run_of_failures_opens_it() {
        let (breaker, at) = (Breaker::new(), clock());
        fail(&breaker, RUN - 1, at(0));
        breaker.admit(at(1)).ok().unwrap().report(true, at(1));
        fail(&breaker, RUN - 1, at(2));
        let last = breaker.admit(at(3)).ok().unwrap();
        assert!(!last.is_probe());
        assert_eq!(last.report(false, at(3)), Some(Change::Opened));
        assert_eq!(refused(&breaker, at(3)), Duration::from_secs(2));
        assert_eq!(refused(&breaker, at(503)), Duration::from_millis(1500));
        assert_eq!(refused(&breaker, at(1903)), Duration::from_secs(1), "never less");
        assert_eq!(refused(&breaker, at(2002)), Duration::from_secs(1));
    }

    #[test]
    fn one_probe_at_a_time_finds_out() {
        let (breaker, at) = (Breaker::new(), clock());
        fail(&breaker, RUN, at(0));
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
        for _ in 0..RUN {
            assert_eq!(hangs.report(false, at(9000)), None, "it began before WeChat was back");
        }
        assert!(breaker.admit(at(9000)).is_ok());
    }

    #[test]
    fn a_probe_that_is_given_up_is_followed_by_another() {
        let (breaker, at) = (Breaker::new(), clock());
        fail(&breaker, RUN, at(0));
        assert!(breaker.admit(at(2000)).is_ok(), "and nothing is reported of it");
        refused(&breaker, at(3999));
        assert!(breaker.admit(at(4000)).ok().unwrap().is_probe());
    }

    #[test]
    fn those_who_waited_meanwhile_are_refused_too() {
        let (breaker, at) = (Breaker::new(), clock());
        let waits = breaker.admit(at(0)).ok().unwrap();
        assert_eq!(waits.check(at(0)), Ok(()));
        fail(&breaker, RUN, at(0));
        assert_eq!(waits.check(at(500)), Err(Refused { retry_after: Duration::from_millis(1500) }));
        assert_eq!(waits.report(true, at(600)), None, "an answer from before says nothing");
        refused(&breaker, at(600));
        let probe = breaker.admit(at(2000)).ok().unwrap();
        assert_eq!(probe.check(at(2000)), Ok(()));
    }

    /// Two hundred calls a second while nothing is answered for a minute, and each call that is made
    /// fails after five seconds.
    #[test]
    fn of_a_dead_wechat_hardly_anybody_has_to_find_out() {
        let (breaker, at) = (Breaker::new(), clock());
        let mut on_their_way = VecDeque::new();
        let mut opened_at = None;
        let (mut made, mut refused) = (0_u32, 0_u32);
        for millis in (0..60_000).step_by(5) {
            while on_their_way.front().is_some_and(|(end, _)| *end <= millis) {
                let (_, permit): (u64, Permit<'_>) = on_their_way.pop_front().unwrap();
                if permit.report(false, at(millis)) == Some(Change::Opened) {
                    assert_eq!(opened_at.replace(millis), None, "it opens once");
                }
            }
            match breaker.admit(at(millis)) {
                Ok(permit) => {
                    made += u32::from(opened_at.is_some());
                    on_their_way.push_back((millis + 5000, permit));
                }
                Err(Refused { retry_after }) => {
                    refused += 1;
                    assert!(retry_after >= Duration::from_secs(1));
                    assert!(retry_after <= PROBE_EVERY);
                }
            }
        }
        assert_eq!(opened_at, Some(5000 + 5 * u64::from(RUN - 1)));
        assert!(made * 100 < refused, "the 99th of a hundred is refused: {made} of {refused}");

        // It is back.
        let back = (60_000..).step_by(5).find_map(|millis| {
            let probe = breaker.admit(at(millis)).ok()?;
            probe.report(true, at(millis + 100)).map(|change| (change, millis + 100))
        });
        let (change, closed_at) = back.unwrap();
        assert_eq!(change, Change::Closed);
        assert!(closed_at <= 62_100, "{closed_at}");
    }
}
