//! Helpers that several use cases share: running a task once for concurrent callers, remembering
//! used codes, limiting log lines, and the tags that let a ban outlive its account.

use std::time::Duration;

pub(in crate::usecase) mod log_limiter;
pub(in crate::usecase) mod single_flight;
pub(in crate::usecase) mod spent_codes;
pub(in crate::usecase) mod tombstones;

/// When clients should retry after a failure that names no time of its own.
pub(in crate::usecase) const RETRY_AFTER: Duration = Duration::from_secs(5);
