//! The log of what `WeChat` was asked. It never holds a secret, a token or a session key.

use std::collections::VecDeque;

use serde::Serialize;

use crate::state::faults::FaultKind;
use crate::wechat::Call;
use crate::wechat::errcode::Errcode;

/// Load tests make many calls; the oldest are forgotten beyond this number.
const KEPT: usize = 10_000;

#[derive(Default)]
pub(crate) struct Calls {
    log: VecDeque<Recorded>,
}

/// A call, as far as the log may know it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    pub(crate) call: Call,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) app_id: Option<String>,
    /// A login or phone code, as it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) openid: Option<String>,
    /// Whether a new stable token was demanded.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) force_refresh: bool,
}

impl Asked {
    pub(crate) fn new(call: Call) -> Self {
        Self { call, app_id: None, code: None, openid: None, force_refresh: false }
    }
}

/// A call that was answered.
#[derive(Serialize)]
pub(crate) struct Recorded {
    pub(crate) at: u64,
    #[serde(flatten)]
    pub(crate) asked: Asked,
    pub(crate) outcome: Outcome,
}

/// What came of a call.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Outcome {
    /// What `WeChat` decided, 0 for success; absent when a fault came before
    /// any decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) errcode: Option<Errcode>,
    /// The fault that made or spoiled the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<FaultKind>,
}

impl Calls {
    pub(crate) fn record(&mut self, call: Recorded) {
        if self.log.len() == KEPT {
            self.log.pop_front();
        }
        self.log.push_back(call);
    }

    /// In the order of asking: those with this code, if one is given, and the
    /// last few of them, if a number is.
    pub(crate) fn list(&self, code: Option<&str>, last: Option<usize>) -> Vec<&Recorded> {
        let of_code = |call: &&Recorded| code.is_none() || call.asked.code.as_deref() == code;
        let newest_first = self.log.iter().rev().filter(of_code);
        let mut calls: Vec<_> = newest_first.take(last.unwrap_or(KEPT)).collect();
        calls.reverse();
        calls
    }
}
