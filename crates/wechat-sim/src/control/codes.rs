//! `wx.login` without a phone: somebody signs in and gets a code.

use poem::http::header;
use poem::web::Data;
use poem::{Body, Request, Response, Result, handler};
use serde::Deserialize;
use serde_json::json;

use super::{bad_request, ok, parse, read};
use crate::{SimConfig, Simulator};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    openid: Option<String>,
    app_id: Option<String>,
    unionid: Option<String>,
}

#[handler]
pub(super) async fn issue(
    Data(simulator): Data<&Simulator>,
    request: &Request,
    body: Body,
) -> Result<Response> {
    let body = read(body).await?;
    let wanted = if body.trim_ascii().is_empty() { Wanted::default() } else { parse(&body)? };
    check_id("openid", wanted.openid.as_deref())?;
    check_id("unionid", wanted.unionid.as_deref())?;
    let app_id = app_id(simulator.config(), wanted.app_id.as_deref())?;

    let mut state = simulator.state();
    let now = state.clock.now();
    let openid = state
        .people
        .meet(app_id, wanted.openid, wanted.unionid, now)
        .map_err(|taken| bad_request(format!("this unionid is already {} here", taken.openid)))?;
    let code = state.codes.issue(app_id, &openid, now);
    Ok(if prefers_text(request) {
        Response::builder().content_type("text/plain").body(code)
    } else {
        ok(&json!({"code": code, "openid": openid}))
    })
}

/// Whether the bare code is wanted. Some clients name `text/plain` behind JSON
/// in every request they make, so only the first place counts.
fn prefers_text(request: &Request) -> bool {
    request
        .header(header::ACCEPT)
        .is_some_and(|accept| accept.trim_start().starts_with("text/plain"))
}

fn app_id<'a>(config: &'a SimConfig, wanted: Option<&str>) -> Result<&'a str> {
    let mut known = config.apps.iter().map(|app| app.app_id.as_str());
    let found = match wanted {
        Some(wanted) => known.find(|app_id| *app_id == wanted),
        None => known.next().filter(|_| known.next().is_none()),
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
