//! A phone number for the code that the phone button gave.
//!
//! Source: <https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/phone-number/api_getphonenumber>.

use poem::http::Method;
use poem::web::Data;
use poem::{Body, Request, Response, handler};
use serde_json::json;

use super::errcode::{self, Errcode};
use super::request::{JsonBody, Parameters, read};
use super::{Call, Fields};
use crate::Simulator;
use crate::state::calls::Asked;
use crate::state::{State, TappedPhone};

#[handler]
pub(super) async fn endpoint(
    Data(simulator): Data<&Simulator>,
    request: &Request,
    body: Body,
) -> Response {
    let query = Parameters::of_query(request);
    let body = JsonBody::of(&read(body).await);
    let asked = Asked {
        code: body.text("code").map(str::to_owned),
        openid: body.text("openid").map(str::to_owned),
        ..Asked::new(Call::GetUserPhoneNumber)
    };
    super::answer_for_token(simulator, query.get("access_token"), asked, |state, app_id, now| {
        if request.method() != Method::POST {
            return Err(errcode::POST_REQUIRED);
        }
        if !body.is_json() {
            return Err(errcode::DATA_FORMAT);
        }
        let tapped = spend(state, app_id, &body, now)?;
        Ok(phone_info(&tapped, app_id, now))
    })
    .await
}

/// One code for everything that is wrong with a code, a login code and a stranger's included.
fn spend(
    state: &mut State,
    app_id: &str,
    body: &JsonBody,
    now: u64,
) -> Result<TappedPhone, Errcode> {
    let code = body.text("code").ok_or(errcode::INVALID_CODE)?;
    let openid = body.text("openid");
    let is_theirs = |tapped: &TappedPhone| openid.is_none_or(|openid| openid == tapped.openid);
    let spent = state.phone_codes.spend(app_id, code, now, is_theirs);
    spent.map_err(|_| errcode::INVALID_CODE)
}

fn phone_info(tapped: &TappedPhone, app_id: &str, now: u64) -> Fields {
    let phone = &tapped.phone;
    let country_code = match phone.country_code.parse::<u32>() {
        Ok(number) if tapped.country_code_is_number => json!(number),
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
