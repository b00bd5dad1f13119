use serde_json::json;
use wxlogin_domain::model::{OpenId, PhoneCode, PhoneNumber, WechatAccessToken};
use wxlogin_domain::ports::PhoneNumberError;

use crate::app_client::Call;
use crate::errcode::{rejects_token, unavailable};
use crate::http::Request;
use crate::responses::GetPhoneNumber;

pub(crate) const PATH: &str = "wxa/business/getuserphonenumber";

/// Asks WeChat which phone number a code stands for
/// (<https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/phone-number/api_getphonenumber>).
pub(crate) async fn get_phone_number(
    call: &Call<'_>,
    token: &WechatAccessToken,
    code: &PhoneCode,
    open_id: &OpenId,
) -> Result<PhoneNumber, PhoneNumberError> {
    let query = [("access_token", token.expose())];
    let body = json!({ "code": code.expose(), "openid": open_id.as_str() });
    let failure = match call.send(Request { path: PATH, query: &query, body: Some(body) }).await {
        Ok(response) => {
            let number = phone_number(&response.fields, call.app().app_id.as_str());
            return number.ok_or_else(|| match &response.fields.phone_info {
                Some(info) if info.pure_phone_number.as_deref() == Some("") => {
                    PhoneNumberError::NoNumber(response.reply())
                }
                _ => unavailable(response.reply(), "its response lacks a phone number of this app")
                    .into(),
            });
        }
        Err(failure) => failure,
    };
    Err(match failure.errcode() {
        // 40003: the code belongs to another openid.
        Some(40029 | 40163 | 40003 | 41008) => PhoneNumberError::CodeInvalid(failure.reply()),
        Some(errcode) if rejects_token(errcode) => PhoneNumberError::TokenRejected(failure.reply()),
        Some(_) | None => failure.fault(call.now()).into(),
    })
}

/// The phone number in a successful response, unless its watermark names another app.
fn phone_number(fields: &GetPhoneNumber, app_id: &str) -> Option<PhoneNumber> {
    let info = fields.phone_info.as_ref()?;
    let owner = info.watermark.as_ref().and_then(|watermark| watermark.appid.as_deref());
    let is_ours = owner.is_none_or(|owner| owner == app_id);
    let number =
        PhoneNumber::parse(info.country_code.as_deref()?, info.pure_phone_number.as_deref()?);
    number.ok().filter(|_| is_ours)
}
