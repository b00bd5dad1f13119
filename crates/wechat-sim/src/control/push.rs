//! Sends message pushes and verifies push addresses.

use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Error, Response, Result, handler};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::http::{bad_request, error, ok, parse, read};
use super::lookup::{check_id, find_app};
use crate::push::delivery::{Delivery, Received, loopback_url};
use crate::push::event::{Event, Format};
use crate::push::signature::{Mode, add_signature, build_body};
use crate::random;
use crate::simulator::Simulator;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PushRequest {
    url: String,
    app_id: Option<String>,
    event: String,
    openid: Option<String>,
    format: Format,
    mode: Mode,
    #[serde(default)]
    fields: Map<String, Value>,
}

/// Sends an event, once.
#[handler]
pub(super) async fn deliver(Data(simulator): Data<&Simulator>, body: Body) -> Result<Response> {
    let body = read(body).await?;
    let wanted: PushRequest = parse(&body)?;
    check_id("openid", wanted.openid.as_deref())?;
    let app = find_app(simulator.config(), wanted.app_id.as_deref())?;
    let mut url = loopback_url(&wanted.url).map_err(bad_request)?;

    let event = Event {
        app_id: &app.app_id,
        name: &wanted.event,
        openid: wanted.openid.as_deref(),
        at: now_seconds(simulator),
        fields: wanted.fields,
    };
    let content = build_body(app, &mut url, event, wanted.format, wanted.mode);
    let delivery = Delivery {
        method: Method::POST,
        url: url.into(),
        content_type: Some(wanted.format.content_type()),
        body: Some(content.map_err(bad_request)?),
    };
    let Received { status, body } = delivery.send().await.map_err(not_delivered)?;
    Ok(ok(&json!({"status": status, "body": body, "sent": delivery})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct VerifyRequest {
    url: String,
    app_id: Option<String>,
}

/// Verifies an address as `WeChat`'s console does when the address is saved.
#[handler]
pub(super) async fn verify(Data(simulator): Data<&Simulator>, body: Body) -> Result<Response> {
    let body = read(body).await?;
    let wanted: VerifyRequest = parse(&body)?;
    let app = find_app(simulator.config(), wanted.app_id.as_deref())?;
    let mut url = loopback_url(&wanted.url).map_err(bad_request)?;

    add_signature(app, &mut url, now_seconds(simulator));
    let echostr = random::digits::<19>();
    url.query_pairs_mut().append_pair("echostr", &echostr);
    let delivery =
        Delivery { method: Method::GET, url: url.into(), content_type: None, body: None };
    let Received { status, body } = delivery.send().await.map_err(not_delivered)?;
    let is_verified = status == 200 && body == echostr;
    Ok(ok(&json!({"verified": is_verified, "status": status, "body": body, "sent": delivery})))
}

fn now_seconds(simulator: &Simulator) -> u64 {
    simulator.state().clock.now() / 1000
}

fn not_delivered(reason: &str) -> Error {
    Error::from_response(error(StatusCode::BAD_GATEWAY, reason))
}
