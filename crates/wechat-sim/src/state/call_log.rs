//! The log of calls. It never contains a secret, a token or a session key.

use std::collections::VecDeque;

use serde::Serialize;

use crate::call::Call;
use crate::errcode::Errcode;
use crate::state::faults::FaultKind;

/// Beyond this number the oldest calls are removed, because load tests make many.
const MAX_ENTRIES: usize = 10_000;

#[derive(Default)]
pub(crate) struct CallLog {
    entries: VecDeque<LogEntry>,
}

/// The loggable parameters of a call.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CallDetails {
    pub(crate) call: Call,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) app_id: Option<String>,
    /// The login or phone code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) openid: Option<String>,
    /// Whether the call forces a new stable token.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) force_refresh: bool,
}

impl CallDetails {
    pub(crate) fn new(call: Call) -> Self {
        Self { call, app_id: None, code: None, openid: None, force_refresh: false }
    }
}

/// A call and its outcome.
#[derive(Serialize)]
pub(crate) struct LogEntry {
    pub(crate) at: u64,
    #[serde(flatten)]
    pub(crate) details: CallDetails,
    pub(crate) outcome: Outcome,
}

/// The outcome of a call.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Outcome {
    /// The error code of the call, 0 for success; absent if a fault kept the call from `WeChat`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) errcode: Option<Errcode>,
    /// The fault that made or changed the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<FaultKind>,
}

impl CallLog {
    pub(crate) fn add(&mut self, entry: LogEntry) {
        if self.entries.len() == MAX_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Lists the calls, oldest first: only those with this code, if one is given, and only the
    /// `last` of them, if a number is given.
    pub(crate) fn list(&self, code: Option<&str>, last: Option<usize>) -> Vec<&LogEntry> {
        let of_code = |call: &&LogEntry| code.is_none() || call.details.code.as_deref() == code;
        let newest_first = self.entries.iter().rev().filter(of_code);
        let mut calls: Vec<_> = newest_first.take(last.unwrap_or(MAX_ENTRIES)).collect();
        calls.reverse();
        calls
    }
}
