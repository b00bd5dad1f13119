//! The state of the simulation: settings, calls, faults, clock and reset.

use std::time::Duration;

use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Request, Response, Result, handler};
use serde::Deserialize;
use serde_json::json;

use super::http::{bad_request, ok, parse, read};
use crate::simulator::Simulator;
use crate::state::State;
use crate::state::faults::Faults;

const MAX_ADVANCE_SECONDS: u64 = 100 * 366 * 24 * 3600;

/// The part of the configuration that the page needs; never a secret.
#[handler]
pub(super) fn settings(Data(simulator): Data<&Simulator>) -> Response {
    let config = simulator.config();
    let apps: Vec<_> = config.apps.iter().map(|app| &app.app_id).collect();
    ok(&json!({"apps": apps, "wxloginUrl": config.wxlogin_url}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallFilter {
    code: Option<String>,
    last: Option<usize>,
}

#[handler]
pub(super) fn list_calls(Data(simulator): Data<&Simulator>, request: &Request) -> Result<Response> {
    let CallFilter { code, last } = request.params().map_err(bad_request)?;
    let state = simulator.state();
    Ok(ok(&json!({"calls": state.call_log.list(code.as_deref(), last)})))
}

#[handler]
pub(super) fn list_faults(Data(simulator): Data<&Simulator>) -> Response {
    ok(&simulator.state().faults)
}

/// Replaces all pending faults.
#[handler]
pub(super) async fn set_faults(Data(simulator): Data<&Simulator>, body: Body) -> Result<Response> {
    let faults = Faults::parse(&read(body).await?).map_err(bad_request)?;
    let mut state = simulator.state();
    state.faults = faults;
    Ok(ok(&state.faults))
}

#[handler]
pub(super) fn clock(Data(simulator): Data<&Simulator>) -> Response {
    ok(&json!({"now": simulator.state().clock.now()}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Advance {
    advance_seconds: u64,
}

/// Moves the simulated clock forward. The delays of faults are in real time.
#[handler]
pub(super) async fn advance(Data(simulator): Data<&Simulator>, body: Body) -> Result<Response> {
    let Advance { advance_seconds } = parse(&read(body).await?)?;
    if advance_seconds > MAX_ADVANCE_SECONDS {
        return Err(bad_request("`advanceSeconds` must be at most 3162240000 (100 years)."));
    }
    let mut state = simulator.state();
    state.clock.advance(Duration::from_secs(advance_seconds));
    Ok(ok(&json!({"now": state.clock.now()})))
}

/// Deletes all people, codes, tokens, faults and calls, and sets the clock to the system's time.
#[handler]
pub(super) fn reset(Data(simulator): Data<&Simulator>) -> StatusCode {
    *simulator.state() = State::default();
    StatusCode::NO_CONTENT
}
