//! The control API: what only a simulator can do.

mod codes;
mod open_data;
mod people;
mod phone;
mod push;
mod watch;

use std::fmt::Display;
use std::time::Duration;

use poem::http::{StatusCode, header};
use poem::web::Data;
use poem::{Body, Endpoint, EndpointExt, Error, Response, Result, Route, get, handler, post, put};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::state::State;
use crate::state::faults::Faults;
use crate::state::people::UnionidTaken;
use crate::{SimApp, SimConfig, Simulator, page};

const MAX_BODY_BYTES: usize = 64 * 1024;
const MAX_ADVANCE_SECONDS: u64 = 100 * 366 * 24 * 3600;

/// The paths below `/sim`.
pub(crate) fn routes() -> impl Endpoint {
    Route::new()
        .at("/", get(page::html).delete(reset))
        .at("/page.css", get(page::css))
        .at("/page.js", get(page::js))
        .at("/settings", get(watch::settings))
        .at("/people", get(watch::people))
        .at("/people/:openid", put(people::change))
        .at("/calls", get(watch::calls))
        .at("/codes", post(codes::login))
        .at("/phone-codes", post(codes::phone))
        .at("/open-data", post(open_data::seal))
        .at("/push", post(push::deliver))
        .at("/push/verify", post(push::verify))
        .at("/faults", get(watch::faults).put(script))
        .at("/clock", get(watch::clock).post(advance))
        .catch_all_error(async |error: Error| {
            if error.is_from_response() {
                return error.into_response();
            }
            refusal(error.status(), "no such path or method in the control API")
        })
}

/// Everybody and everything is forgotten, and the clock is the system's again.
#[handler]
fn reset(Data(simulator): Data<&Simulator>) -> StatusCode {
    *simulator.state() = State::default();
    StatusCode::NO_CONTENT
}

/// Replaces the faults still to come.
#[handler]
async fn script(Data(simulator): Data<&Simulator>, body: Body) -> Result<Response> {
    let faults = Faults::parse(&read(body).await?).map_err(bad_request)?;
    let mut state = simulator.state();
    state.faults = faults;
    Ok(ok(&state.faults))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Advance {
    advance_seconds: u64,
}

/// Moves simulated time forward. Delays of faults stay in real time.
#[handler]
async fn advance(Data(simulator): Data<&Simulator>, body: Body) -> Result<Response> {
    let Advance { advance_seconds } = parse(&read(body).await?)?;
    if advance_seconds > MAX_ADVANCE_SECONDS {
        return Err(bad_request("`advanceSeconds` may be a century at most"));
    }
    let mut state = simulator.state();
    state.clock.advance(Duration::from_secs(advance_seconds));
    Ok(ok(&json!({"now": state.clock.now()})))
}

/// A body's bytes, whatever type they claim to be: `curl -d` claims a form.
async fn read(body: Body) -> Result<Vec<u8>> {
    let bytes = body.into_bytes_limit(MAX_BODY_BYTES).await;
    Ok(bytes.map_err(bad_request)?.to_vec())
}

fn parse<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T> {
    serde_json::from_slice(json).map_err(bad_request)
}

/// The app of that name, or the only one.
fn app<'a>(config: &'a SimConfig, wanted: Option<&str>) -> Result<&'a SimApp> {
    let found = match (wanted, config.apps.as_slice()) {
        (Some(wanted), _) => config.app(wanted),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    found.ok_or_else(|| {
        let known: Vec<_> = config.apps.iter().map(|app| app.app_id.as_str()).collect();
        let known = known.join(", ");
        bad_request(match wanted {
            Some(_) => format!("`appId` is none of this simulator's apps: {known}"),
            None => format!("`appId` must choose one of this simulator's apps: {known}"),
        })
    })
}

fn check_id(name: &str, id: Option<&str>) -> Result<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    match id {
        Some(id) if id.is_empty() || id.len() > 128 || !id.bytes().all(allowed) => {
            Err(bad_request(format!("`{name}` must be 1 to 128 characters of A-Z a-z 0-9 - _")))
        }
        _ => Ok(()),
    }
}

fn unionid_taken(taken: &UnionidTaken) -> Error {
    bad_request(format!("this unionid is already {} here", taken.openid))
}

fn nobody(openid: &str) -> Error {
    bad_request(format!("nobody is {openid} here; `POST /sim/codes` makes people"))
}

fn ok(answer: &impl Serialize) -> Response {
    match serde_json::to_string(answer) {
        Ok(json) => respond(StatusCode::OK, json),
        Err(error) => refusal(StatusCode::INTERNAL_SERVER_ERROR, error),
    }
}

fn bad_request(message: impl Display) -> Error {
    Error::from_response(refusal(StatusCode::BAD_REQUEST, message))
}

fn refusal(status: StatusCode, message: impl Display) -> Response {
    let answer: Value = json!({"error": message.to_string()});
    respond(status, answer.to_string())
}

fn respond(status: StatusCode, json: String) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(json)
}
