//! Runs the calls.

use poem::Response;
use serde_json::Value;

pub(super) use super::response::Fields;
use super::response::{error, normal, unknown_url, with_fault};
use crate::errcode::{self, Errcode};
use crate::simulator::Simulator;
use crate::state::State;
use crate::state::call_log::{CallDetails, LogEntry, Outcome};

/// Handles a call that needs an access token: checks the token first, and passes its app to
/// `process`.
pub(super) async fn handle_with_token(
    simulator: &Simulator,
    token: Option<&str>,
    mut details: CallDetails,
    process: impl FnOnce(&mut State, &str, u64) -> Result<Fields, Errcode>,
) -> Response {
    details.app_id = token.and_then(|token| simulator.state().access_tokens.app_of(token));
    handle(simulator, details, |state, now| {
        let token = token.ok_or(errcode::TOKEN_MISSING)?;
        let app_id = state.access_tokens.check(token, now)?;
        let fields = process(state, &app_id, now)?;
        let ok = [("errcode", Value::from(errcode::OK)), ("errmsg", "ok".into())];
        let ok = ok.map(|(name, value)| (name.to_owned(), value));
        Ok(ok.into_iter().chain(fields).collect())
    })
    .await
}

/// Handles a call: processes it unless a fault keeps it from `WeChat`, logs it, and responds.
///
/// Processing and logging are one step, which a client that disconnects cannot interrupt. The delay
/// of a fault comes after it.
pub(super) async fn handle(
    simulator: &Simulator,
    details: CallDetails,
    process: impl FnOnce(&mut State, u64) -> Result<Fields, Errcode>,
) -> Response {
    let call = details.call;
    let (fault, result, now) = {
        let mut state = simulator.state();
        let now = state.clock.now();
        let fault = state.faults.take(call);
        let result = match &fault {
            Some(fault) if !fault.kind.reaches_wechat() => fault.errcode.map(Err),
            _ => Some(process(&mut state, now)),
        };
        let outcome = Outcome {
            errcode: match result {
                Some(Ok(_)) => Some(errcode::OK),
                Some(Err(errcode)) => Some(errcode),
                None => None,
            },
            fault: fault.as_ref().map(|fault| fault.kind),
        };
        state.call_log.add(LogEntry { at: now, details, outcome });
        (fault, result, now)
    };

    let fields = match result {
        Some(Ok(fields)) => fields,
        Some(Err(errcode)) => error(call, errcode, now),
        None => Fields::new(),
    };
    match fault {
        None => normal(fields),
        Some(fault) => {
            tokio::time::sleep(fault.delay()).await;
            with_fault(&fault, fields, now)
        }
    }
}

/// The response to a path that `WeChat` does not have. Its status is 200 like any other, as in
/// <https://github.com/wechatpy/wechatpy/issues/289>.
pub(crate) fn unknown_path(simulator: &Simulator) -> Response {
    normal(unknown_url(simulator.state().clock.now()))
}
