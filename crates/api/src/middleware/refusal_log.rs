use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use wxlogin_domain::model::ClientAddress;
use wxlogin_domain::usecase::Subject;

use crate::problem::{Problem, ProblemCode};

/// How many refusals with the same code are logged per second.
const PER_SECOND: u32 = 10;

/// Logs the requests that wxlogin refuses: one line each, with code, app, user and address. In a flood,
/// some are only counted, and the next line of that code has their number.
#[derive(Default)]
pub(super) struct RefusalLog(Mutex<HashMap<&'static str, Second>>);

/// The refusals with one code in the current second.
struct Second {
    since: Instant,
    logged: u32,
    /// How many were not logged since the last line.
    skipped: u64,
}

impl RefusalLog {
    /// Logs a failure if it is a refusal.
    pub(super) fn note(&self, problem: &Problem, subject: &Subject, address: ClientAddress) {
        if !is_refusal(problem.code) {
            return;
        }
        let code = problem.code.as_str();
        if let Some(skipped) = self.turn(code, Instant::now()) {
            tracing::info!(
                code,
                detail = problem.detail.as_deref().filter(|_| !problem.repeats_request),
                app_id = subject.app_id.as_ref().map(tracing::field::display),
                user_id = subject.user_id.as_ref().map(tracing::field::display),
                client_id = subject.client_id.as_ref().map(tracing::field::display),
                %address,
                skipped = (skipped > 0).then_some(skipped),
                "a request was refused"
            );
        }
    }

    /// Whether a refusal is logged now; if so, how many were skipped before it.
    fn turn(&self, code: &'static str, now: Instant) -> Option<u64> {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let second = codes.entry(code).or_insert(Second { since: now, logged: 0, skipped: 0 });
        if now.saturating_duration_since(second.since) >= Duration::from_secs(1) {
            (second.since, second.logged) = (now, 0);
        }
        if second.logged == PER_SECOND {
            second.skipped += 1;
            return None;
        }
        second.logged += 1;
        Some(std::mem::take(&mut second.skipped))
    }
}

/// Whether the line would tell an operator something: not for scanners that try paths, and not for
/// access tokens, which expire all the time or are missing in a visitor's requests. What fails on the server is logged where it happens.
fn is_refusal(code: ProblemCode) -> bool {
    code.status().is_client_error()
        && !matches!(
            code,
            ProblemCode::NotFound
                | ProblemCode::MethodNotAllowed
                | ProblemCode::MisdirectedRequest
                | ProblemCode::TokenInvalid
                | ProblemCode::TokenMissing
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floods_are_sampled_by_code() {
        let (log, start) = (RefusalLog::default(), Instant::now());
        let lines = |code, now| (0..1000).filter_map(|_| log.turn(code, now)).collect::<Vec<_>>();
        assert_eq!(lines("rate_limited", start), [0; 10]);
        assert_eq!(lines("user_disabled", start), [0; 10]);
        assert!(lines("rate_limited", start + Duration::from_millis(999)).is_empty());
        let mut next = lines("rate_limited", start + Duration::from_secs(1));
        assert_eq!((next.remove(0), next), (1990, vec![0; 9]));
    }

    #[test]
    fn refusals_are_logged_and_everyday_failures_are_not() {
        for (code, logged) in [
            (ProblemCode::UserDisabled, true),
            (ProblemCode::SignUpClosed, true),
            (ProblemCode::InvalidRequest, true),
            (ProblemCode::ClientInvalid, true),
            (ProblemCode::RateLimited, true),
            (ProblemCode::TokenInvalid, false),
            (ProblemCode::TokenMissing, false),
            (ProblemCode::NotFound, false),
            (ProblemCode::StoreUnavailable, false),
        ] {
            assert_eq!(is_refusal(code), logged, "{code:?}");
        }
    }
}
