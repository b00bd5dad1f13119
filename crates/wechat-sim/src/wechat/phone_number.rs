//! Exchanges a code of the phone number button for the phone number.
//!
//! Source:
//! <https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/phone-number/api_getphonenumber>.

use poem::http::Method;
use poem::web::Data;
use poem::{Body, Request, Response, handler};
use serde_json::json;

use super::handler::{Fields, handle_with_token};
use super::request::{JsonBody, Parameters, read};
use crate::call::Call;
use crate::errcode::{self, Errcode};
use crate::simulator::Simulator;
use crate::state::State;
use crate::state::call_log::CallDetails;
use crate::state::phone::SharedPhone;

#[handler]
pub(super) async fn endpoint(
    Data(simulator): Data<&Simulator>,
    request: &Request,
    body: Body,
) -> Response {
    let query = Parameters::from_query(request);
    let body = JsonBody::parse(&read(body).await);
    let details = CallDetails {
        code: body.text("code").map(str::to_owned),
        openid: body.text("openid").map(str::to_owned),
        ..CallDetails::new(Call::GetUserPhoneNumber)
    };
    handle_with_token(simulator, query.get("access_token"), details, |state, app_id, now| {
        if request.method() != Method::POST {
            return Err(errcode::POST_REQUIRED);
        }
        if !body.is_json() {
            return Err(errcode::DATA_FORMAT);
        }
        let shared = spend(state, app_id, &body, now)?;
        Ok(phone_info(&shared, app_id, now))
    })
    .await
}

/// Every invalid code gets the same error: also a login code and a code of another openid.
fn spend(
    state: &mut State,
    app_id: &str,
    body: &JsonBody,
    now: u64,
) -> Result<SharedPhone, Errcode> {
    let code = body.text("code").ok_or(errcode::INVALID_CODE)?;
    let openid = body.text("openid");
    let is_theirs = |shared: &SharedPhone| openid.is_none_or(|openid| openid == shared.openid);
    let spent = state.phone_codes.spend(app_id, code, now, is_theirs);
    spent.map_err(|_| errcode::INVALID_CODE)
}

fn phone_info(shared: &SharedPhone, app_id: &str, now: u64) -> Fields {
    let phone = &shared.phone;
    let country_code = match phone.country_code.parse::<u32>() {
        Ok(number) if shared.country_code_is_number => json!(number),
        _ => json!(phone.country_code),
    };
    let phone_info = json!({
        "phoneNumber": phone.full_number(),
        "purePhoneNumber": phone.number,
        "countryCode": country_code,
        "watermark": {"timestamp": now / 1000, "appid": app_id},
    });
    Fields::from_iter([("phone_info".to_owned(), phone_info)])
}
