//! Issues the codes that a phone would: that of `wx.login` and that of the phone number button.

use poem::http::header;
use poem::web::Data;
use poem::{Body, Request, Response, Result, handler};
use serde::Deserialize;
use serde_json::json;

use super::http::{ok, parse, read};
use super::lookup::{check_id, find_app, unionid_taken, unknown_person};
use super::phone_fields::{CountryCode, PhoneNumber, change_phone};
use crate::random;
use crate::simulator::Simulator;
use crate::state::phone::SharedPhone;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LoginCodeRequest {
    openid: Option<String>,
    app_id: Option<String>,
    unionid: Option<String>,
}

#[handler]
pub(super) async fn login(
    Data(simulator): Data<&Simulator>,
    request: &Request,
    body: Body,
) -> Result<Response> {
    let wanted: LoginCodeRequest = parse_or_default(&read(body).await?)?;
    check_id("openid", wanted.openid.as_deref())?;
    check_id("unionid", wanted.unionid.as_deref())?;
    let app_id = &find_app(simulator.config(), wanted.app_id.as_deref())?.app_id;

    let mut state = simulator.state();
    let now = state.clock.now();
    let openid = state.people.find_or_create(app_id, wanted.openid, wanted.unionid, now);
    let openid = openid.map_err(|taken| unionid_taken(&taken))?;
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
struct PhoneCodeRequest {
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

#[handler]
pub(super) async fn phone(
    Data(simulator): Data<&Simulator>,
    request: &Request,
    body: Body,
) -> Result<Response> {
    let wanted: PhoneCodeRequest = parse_or_default(&read(body).await?)?;
    check_id("openid", wanted.openid.as_deref())?;
    let app_id = &find_app(simulator.config(), wanted.app_id.as_deref())?.app_id;

    let mut state = simulator.state();
    let now = state.clock.now();
    let openid = state.people.find_or_create(app_id, wanted.openid, None, now);
    let openid = openid.map_err(|taken| unionid_taken(&taken))?;
    let person = state.people.find_mut(app_id, &openid).ok_or_else(unknown_person)?;
    let phone = change_phone(&mut person.phone, wanted.phone_number, wanted.country_code).clone();
    let shared = SharedPhone {
        openid: openid.clone(),
        phone: phone.clone(),
        country_code_is_number: wanted.country_code_as == JsonType::Number,
    };
    let code = random::phone_code();
    state.phone_codes.issue(code.clone(), app_id, shared, now);
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

/// Whether the client wants the bare code. Only the first media type counts, because some clients
/// list `text/plain` after JSON in every request.
fn prefers_text(request: &Request) -> bool {
    request
        .header(header::ACCEPT)
        .is_some_and(|accept| accept.trim_start().starts_with("text/plain"))
}

fn text(code: String) -> Response {
    Response::builder().content_type("text/plain").body(code)
}
