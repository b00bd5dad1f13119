//! What can be looked at.

use poem::web::Data;
use poem::{Request, Response, Result, handler};
use serde::Deserialize;
use serde_json::json;

use super::{bad_request, ok};
use crate::Simulator;

/// A load test makes more people than anybody wants to read.
const LISTED_PEOPLE: usize = 200;

/// What the page needs to know about the configuration; never a secret.
#[handler]
pub(super) fn settings(Data(simulator): Data<&Simulator>) -> Response {
    let config = simulator.config();
    let apps: Vec<_> = config.apps.iter().map(|app| &app.app_id).collect();
    ok(&json!({"apps": apps, "wxloginUrl": config.wxlogin_url}))
}

#[handler]
pub(super) fn people(Data(simulator): Data<&Simulator>) -> Response {
    ok(&json!({"people": simulator.state().people.newest(LISTED_PEOPLE)}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    code: Option<String>,
    last: Option<usize>,
}

#[handler]
pub(super) fn calls(Data(simulator): Data<&Simulator>, request: &Request) -> Result<Response> {
    let Filter { code, last } = request.params().map_err(bad_request)?;
    let state = simulator.state();
    Ok(ok(&json!({"calls": state.calls.list(code.as_deref(), last)})))
}

#[handler]
pub(super) fn faults(Data(simulator): Data<&Simulator>) -> Response {
    ok(&simulator.state().faults)
}

#[handler]
pub(super) fn clock(Data(simulator): Data<&Simulator>) -> Response {
    ok(&json!({"now": simulator.state().clock.now()}))
}
