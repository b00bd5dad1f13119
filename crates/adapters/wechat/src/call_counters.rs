use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use wxlogin_domain::model::AppId;

/// The largest number of different outcomes that are counted for one app; WeChat has fewer.
const MAX_OUTCOMES: usize = 200;

/// How often a call had an outcome since this process started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallCount {
    /// The app that made the call.
    pub app_id: AppId,
    /// The path of the call, such as `sns/jscode2session`.
    pub call: &'static str,
    /// The outcome that is counted.
    pub outcome: CallOutcome,
    /// The number of calls with this outcome.
    pub count: u64,
}

/// The outcome of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallOutcome {
    /// WeChat answered with this error code; 0 is success.
    Errcode(i64),
    /// WeChat answered with a new error code after too many different ones.
    OtherErrcode,
    /// WeChat did not answer, or its response could not be read.
    NoAnswer,
    /// Nothing was sent, because WeChat is not answering or too many calls run.
    NotSent,
}

/// Counts the calls of one app by path and outcome.
#[derive(Default)]
pub(crate) struct CallCounters(Mutex<BTreeMap<(&'static str, CallOutcome), u64>>);

impl CallCounters {
    pub(crate) fn add(&self, call: &'static str, outcome: CallOutcome) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !counts.contains_key(&(call, outcome));
        let outcome = match outcome {
            CallOutcome::Errcode(_) if is_new && counts.len() >= MAX_OUTCOMES => {
                CallOutcome::OtherErrcode
            }
            other => other,
        };
        *counts.entry((call, outcome)).or_default() += 1;
    }

    pub(crate) fn list(&self, app_id: &AppId) -> Vec<CallCount> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |(&(call, outcome), &count): (&(&'static str, CallOutcome), &u64)| CallCount {
            app_id: app_id.clone(),
            call,
            outcome,
            count,
        };
        counts.iter().map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_different_outcomes_is_bounded() {
        let counters = CallCounters::default();
        for errcode in 0..1000 {
            counters.add("call", CallOutcome::Errcode(errcode));
            counters.add("call", CallOutcome::Errcode(0));
        }
        counters.add("call", CallOutcome::NoAnswer);
        let counts = counters.list(&AppId::parse("wxdev0000000000001").unwrap());
        let of = |outcome| counts.iter().find(|count| count.outcome == outcome).unwrap().count;
        assert_eq!(of(CallOutcome::Errcode(0)), 1001);
        assert_eq!(of(CallOutcome::Errcode(199)), 1);
        assert_eq!(of(CallOutcome::OtherErrcode), 800);
        assert_eq!(of(CallOutcome::NoAnswer), 1);
        assert_eq!(counts.len(), MAX_OUTCOMES + 2);
    }
}
