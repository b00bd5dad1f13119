use std::collections::HashSet;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::model::AppId;

/// Remembers which codes were sent to WeChat, so that no code is sent twice.
///
/// A code is valid for five minutes at WeChat and remembered here for at least six. There are two
/// sets: every six minutes the older one is dropped and a new one started, so that nothing has to
/// expire code by code. Only hashes are stored, keyed per process. Time is measured by a monotonic
/// clock, because forgetting a code early would mean sending it twice.
pub(crate) struct SpentCodes {
    hasher: RandomState,
    sets: Mutex<Sets>,
    capacity: usize,
}

struct Sets {
    filling: HashSet<u64>,
    waiting: HashSet<u64>,
    since: Option<Instant>,
}

/// Whether a code may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spending {
    /// It is new, and now remembered as sent.
    First,
    /// It has been sent already.
    Again,
    /// The memory is full. A code that cannot be remembered could be sent twice, so it is not sent.
    Full,
}

const TURN: Duration = Duration::from_mins(6);

impl SpentCodes {
    /// Remembers up to `capacity` codes per six minutes. Each takes about 18 bytes, for up to
    /// twelve minutes.
    pub(crate) fn new(capacity: usize) -> Self {
        let sets = Sets { filling: HashSet::new(), waiting: HashSet::new(), since: None };
        Self { hasher: RandomState::new(), sets: Mutex::new(sets), capacity }
    }

    /// Undoes [`SpentCodes::spend`] for a code that was not sent after all.
    pub(crate) fn give_back(&self, app_id: &AppId, code: &impl Hash) {
        let hash = self.hasher.hash_one((app_id, code));
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        sets.filling.remove(&hash);
        sets.waiting.remove(&hash);
    }

    /// Marks a code as sent.
    pub(crate) fn spend(&self, app_id: &AppId, code: &impl Hash, now: Instant) -> Spending {
        let hash = self.hasher.hash_one((app_id, code));
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if sets.since.is_none_or(|since| now.saturating_duration_since(since) >= TURN) {
            sets.waiting = std::mem::take(&mut sets.filling);
            sets.since = Some(now);
        }
        if sets.filling.contains(&hash) || sets.waiting.contains(&hash) {
            Spending::Again
        } else if sets.filling.len() >= self.capacity {
            Spending::Full
        } else {
            sets.filling.insert(hash);
            Spending::First
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LoginCode;

    fn code(text: &str) -> LoginCode {
        LoginCode::parse(text).unwrap()
    }

    #[test]
    fn a_code_is_remembered_while_wechat_would_accept_it() {
        let app = AppId::parse("wxdev0000000000001").unwrap();
        let other = AppId::parse("wxdev0000000000002").unwrap();
        let codes = SpentCodes::new(10);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(codes.spend(&app, &code("a"), at(0)), Spending::First);
        assert_eq!(codes.spend(&app, &code("b"), at(359)), Spending::First);
        assert_eq!(codes.spend(&other, &code("a"), at(359)), Spending::First);
        assert_eq!(codes.spend(&app, &code("a"), at(360)), Spending::Again);
        assert_eq!(codes.spend(&app, &code("b"), at(719)), Spending::Again);
        assert_eq!(codes.spend(&app, &code("b"), at(720)), Spending::First, "long expired");
    }

    #[test]
    fn a_full_memory_refuses_new_codes() {
        let app = AppId::parse("wxdev0000000000001").unwrap();
        let codes = SpentCodes::new(1);
        let now = Instant::now();
        assert_eq!(codes.spend(&app, &code("a"), now), Spending::First);
        assert_eq!(codes.spend(&app, &code("b"), now), Spending::Full);
        assert_eq!(codes.spend(&app, &code("a"), now), Spending::Again);
    }
}
