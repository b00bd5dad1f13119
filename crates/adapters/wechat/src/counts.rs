use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use wxlogin_domain::model::AppId;

/// Most kinds of outcome an app is counted by; WeChat has fewer.
const MAX_KINDS: usize = 200;

/// How often a call had an outcome since this process started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallCount {
    /// The app it was made for.
    pub app_id: AppId,
    /// The path of the call, such as `sns/jscode2session`.
    pub call: &'static str,
    /// What came of it.
    pub outcome: CallOutcome,
    /// How often.
    pub count: u64,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallOutcome {
    /// WeChat answered with this error number; 0 means that all was well.
    Errcode(i64),
    /// WeChat answered with an error number, and with too many others before.
    OtherErrcode,
    /// WeChat did not answer, or with something that is no answer.
    NoAnswer,
    /// Nothing was sent: WeChat does not answer, or too many calls were on their way.
    NotSent,
}

/// The counters of one app.
#[derive(Default)]
pub(crate) struct Counts(Mutex<BTreeMap<(&'static str, CallOutcome), u64>>);

impl Counts {
    pub(crate) fn add(&self, call: &'static str, outcome: CallOutcome) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !counts.contains_key(&(call, outcome));
        let outcome = match outcome {
            CallOutcome::Errcode(_) if is_new && counts.len() >= MAX_KINDS => {
                CallOutcome::OtherErrcode
            }
            kept => kept,
        };
        *counts.entry((call, outcome)).or_default() += 1;
    }

    pub(crate) fn of(&self, app_id: &AppId) -> Vec<CallCount> {
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
    fn numbers_without_end_take_no_memory_without_end() {
        let counts = Counts::default();
        for errcode in 0..1000 {
            counts.add("call", CallOutcome::Errcode(errcode));
            counts.add("call", CallOutcome::Errcode(0));
        }
        counts.add("call", CallOutcome::NoAnswer);
        let counts = counts.of(&AppId::parse("wxdev0000000000001").unwrap());
        let of = |outcome| counts.iter().find(|count| count.outcome == outcome).unwrap().count;
        assert_eq!(of(CallOutcome::Errcode(0)), 1001);
        assert_eq!(of(CallOutcome::Errcode(199)), 1);
        assert_eq!(of(CallOutcome::OtherErrcode), 800);
        assert_eq!(of(CallOutcome::NoAnswer), 1);
        assert_eq!(counts.len(), MAX_KINDS + 2);
    }
}
