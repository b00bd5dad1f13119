//! What a phone would hand over: the code of `wx.login`, and that of the phone button.

use poem::http::header;
use poem::web::Data;
use poem::{Body, Request, Response, Result, handler};
use serde::Deserialize;
use serde_json::json;

use super::phone::{CountryCode, PhoneNumber, change_phone};
use super::{app, check_id, nobody, ok, parse, read, unionid_taken};
use crate::state::TappedPhone;
use crate::{Simulator, random};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Login {
    openid: Option<String>,
    app_id: Option<String>,
    unionid: Option<String>,
}

/// Somebody signs in.
#[handler]
pub(super) async fn login(
    Data(simulator): Data<&Simulator>,
    request: &Request,
    body: Body,
) -> Result<Response> {
    let wanted: Login = parse_or_default(&read(body).await?)?;
    check_id("openid", wanted.openid.as_deref())?;
    check_id("unionid", wanted.unionid.as_deref())?;
    let app_id = &app(simulator.config(), wanted.app_id.as_deref())?.app_id;

    let mut state = simulator.state();
    let now = state.clock.now();
    let met = state.people.meet(app_id, wanted.openid, wanted.unionid, now);
    let openid = met.map_err(|taken| unionid_taken(&taken))?;
    let code = random::login_code();
    state.login_codes.issue(code.clone(), app_id, openid.clone(), now);
    Ok(if prefers_text(request) {
        text(code)
    } else {
        ok(&json!({"code": code, "openid": openid}))
    })
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Tap {
    openid: Option<String>,
    app_id: Option<String>,
    phone_number: Option<PhoneNumber>,
    country_code: Option<CountryCode>,
    #[serde(default)]
    country_code_as: JsonType,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum JsonType {
    #[default]
    String,
    Number,
}

/// Somebody agrees to show their phone number.
#[handler]
pub(super) async fn phone(
    Data(simulator): Data<&Simulator>,
    request: &Request,
    body: Body,
) -> Result<Response> {
    let wanted: Tap = parse_or_default(&read(body).await?)?;
    check_id("openid", wanted.openid.as_deref())?;
    let app_id = &app(simulator.config(), wanted.app_id.as_deref())?.app_id;

    let mut state = simulator.state();
    let now = state.clock.now();
    let met = state.people.meet(app_id, wanted.openid, None, now);
    let openid = met.map_err(|taken| unionid_taken(&taken))?;
    let person = state.people.find_mut(app_id, &openid).ok_or_else(|| nobody(&openid))?;
    let phone = change_phone(&mut person.phone, wanted.phone_number, wanted.country_code).clone();
    let tapped = TappedPhone {
        openid: openid.clone(),
        phone: phone.clone(),
        country_code_is_number: wanted.country_code_as == JsonType::Number,
    };
    let code = random::phone_code();
    state.phone_codes.issue(code.clone(), app_id, tapped, now);
    Ok(if prefers_text(request) {
        text(code)
    } else {
        ok(&json!({
            "code": code,
            "openid": openid,
            "phoneNumber": phone.number,
            "countryCode": phone.country_code,
        }))
    })
}

fn parse_or_default<'a, T: Default + Deserialize<'a>>(body: &'a [u8]) -> Result<T> {
    if body.trim_ascii().is_empty() { Ok(T::default()) } else { parse(body) }
}

/// Whether the bare code is wanted. Some clients name `text/plain` behind JSON
/// in every request they make, so only the first place counts.
fn prefers_text(request: &Request) -> bool {
    request
        .header(header::ACCEPT)
        .is_some_and(|accept| accept.trim_start().starts_with("text/plain"))
}

fn text(code: String) -> Response {
    Response::builder().content_type("text/plain").body(code)
}
