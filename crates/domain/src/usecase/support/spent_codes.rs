use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::AppId;

/// Remembers which codes were sent to WeChat, so that no code is sent twice.
///
/// Each app has a memory of its own. A code is valid for five minutes at WeChat and remembered here
/// for at least six, unless the memory fills up before: then the oldest codes are forgotten. WeChat
/// refuses a code that is sent again after that. Codes that WeChat called invalid have a small
/// memory of their own, so that made-up codes cannot displace real ones.
///
/// Only hashes are stored, keyed per process. Time is measured by a monotonic clock, because
/// setting a clock must not make codes be forgotten early.
pub(crate) struct SpentCodes {
    hasher: RandomState,
    apps: Mutex<HashMap<AppId, AppCodes>>,
    capacity: usize,
}

/// The codes of one app.
struct AppCodes {
    sent: Generations,
    invalid: Generations,
}

/// Two sets: when the newer one is full or six minutes old, it replaces the older one. So nothing
/// has to expire code by code.
struct Generations {
    newer: HashSet<u64>,
    older: HashSet<u64>,
    since: Instant,
    capacity: usize,
}

/// Whether a code may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spending {
    /// It is new, and now remembered as sent.
    First,
    /// It has been sent already.
    Again,
}

const TURN: Duration = Duration::from_mins(6);

/// How many invalid codes of an app are remembered, at least.
const INVALID_CODES: usize = 4096;

impl SpentCodes {
    /// Remembers the last `capacity` codes of each app, and up to twice as many. Each takes about
    /// 18 bytes, for up to twelve minutes.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { hasher: RandomState::new(), apps: Mutex::default(), capacity }
    }

    /// Marks a code as sent.
    pub(crate) fn spend(&self, app_id: &AppId, code: &impl Hash, now: Instant) -> Spending {
        let hash = self.hasher.hash_one(code);
        let mut apps = self.apps();
        let codes = apps.entry(app_id.clone()).or_insert_with(|| AppCodes {
            sent: Generations::new(self.capacity, now),
            invalid: Generations::new(INVALID_CODES, now),
        });
        if codes.invalid.contains(hash, now) || codes.sent.contains(hash, now) {
            Spending::Again
        } else {
            codes.sent.insert(hash, now);
            Spending::First
        }
    }

    /// Undoes [`SpentCodes::spend`] for a code that was not sent after all.
    pub(crate) fn give_back(&self, app_id: &AppId, code: &impl Hash) {
        if let Some(codes) = self.apps().get_mut(app_id) {
            codes.sent.remove(self.hasher.hash_one(code));
        }
    }

    /// Notes that WeChat called a code invalid.
    pub(crate) fn note_invalid(&self, app_id: &AppId, code: &impl Hash, now: Instant) {
        let hash = self.hasher.hash_one(code);
        if let Some(codes) = self.apps().get_mut(app_id) {
            codes.sent.remove(hash);
            codes.invalid.insert(hash, now);
        }
    }

    fn apps(&self) -> MutexGuard<'_, HashMap<AppId, AppCodes>> {
        self.apps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn new(capacity: usize, now: Instant) -> Self {
        Self { newer: HashSet::new(), older: HashSet::new(), since: now, capacity }
    }

    fn contains(&mut self, hash: u64, now: Instant) -> bool {
        if now.saturating_duration_since(self.since) >= TURN {
            self.turn(now);
        }
        self.newer.contains(&hash) || self.older.contains(&hash)
    }

    fn insert(&mut self, hash: u64, now: Instant) {
        if self.newer.len() >= self.capacity {
            self.turn(now);
        }
        self.newer.insert(hash);
    }

    fn remove(&mut self, hash: u64) {
        self.newer.remove(&hash);
        self.older.remove(&hash);
    }

    fn turn(&mut self, now: Instant) {
        self.older = std::mem::take(&mut self.newer);
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LoginCode;
    use crate::testing::contract::app_id;

    fn code(text: &str) -> LoginCode {
        LoginCode::parse(text).unwrap()
    }

    #[test]
    fn a_code_is_remembered_while_wechat_would_accept_it() {
        let (app, other) = (app_id(1), app_id(2));
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
    fn a_full_memory_forgets_the_oldest_codes_of_its_app_only() {
        let (app, other) = (app_id(1), app_id(2));
        let codes = SpentCodes::new(2);
        let now = Instant::now();
        assert_eq!(codes.spend(&other, &code("a"), now), Spending::First);
        for text in ["a", "b", "c", "d", "e"] {
            assert_eq!(codes.spend(&app, &code(text), now), Spending::First, "{text}");
        }
        for text in ["c", "d", "e"] {
            assert_eq!(codes.spend(&app, &code(text), now), Spending::Again, "{text}");
        }
        assert_eq!(codes.spend(&app, &code("a"), now), Spending::First, "forgotten");
        assert_eq!(codes.spend(&other, &code("a"), now), Spending::Again);
    }

    #[test]
    fn invalid_codes_displace_no_others() {
        let app = app_id(1);
        let codes = SpentCodes::new(2);
        let now = Instant::now();
        assert_eq!(codes.spend(&app, &code("real"), now), Spending::First);
        for number in 0..3 * INVALID_CODES {
            let made_up = code(&format!("made-up{number}"));
            assert_eq!(codes.spend(&app, &made_up, now), Spending::First);
            codes.note_invalid(&app, &made_up, now);
            assert_eq!(codes.spend(&app, &made_up, now), Spending::Again);
        }
        assert_eq!(codes.spend(&app, &code("real"), now), Spending::Again);
        let apps = codes.apps();
        let AppCodes { sent, invalid } = &apps[&app];
        let remembered = |codes: &Generations| codes.newer.len() + codes.older.len();
        assert!(remembered(invalid) <= 2 * INVALID_CODES);
        assert_eq!(remembered(sent), 1);
    }
}
