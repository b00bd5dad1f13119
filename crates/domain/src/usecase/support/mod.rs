//! Helpers that several use cases share: running a task once for concurrent callers, remembering
//! used codes, limiting log lines, and the tags that let a ban outlive its account.

use std::time::Duration;

pub(crate) mod log_limiter;
pub(crate) mod resealing;
pub(crate) mod single_flight;
pub(crate) mod spent_codes;
pub(crate) mod tombstones;

/// When clients should retry after a failure that names no time of its own.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(5);
