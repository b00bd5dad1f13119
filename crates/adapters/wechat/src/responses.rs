use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use wxlogin_domain::ports::WechatReply;

use crate::request_id;

/// WeChat's response to any call: an error code, and the fields of the call.
///
/// WeChat follows no schema, so every field may be missing, and unknown fields are ignored. A
/// successful code2Session usually has no `errcode`.
#[derive(Deserialize)]
pub(crate) struct Response<T> {
    /// WeChat's error code. Absent and 0 both mean success.
    #[serde(default, deserialize_with = "number_or_text")]
    pub(crate) errcode: Option<i64>,
    /// WeChat's text about the error. It may quote the request.
    #[serde(default, deserialize_with = "text")]
    pub(crate) errmsg: Option<String>,
    /// The fields of the call.
    #[serde(flatten)]
    pub(crate) fields: T,
}

impl<T> Response<T> {
    /// The part of the response that may be logged.
    pub(crate) fn reply(&self) -> WechatReply {
        WechatReply {
            errcode: self.errcode,
            rid: self.errmsg.as_deref().and_then(request_id::find),
        }
    }
}

/// The fields of code2Session
/// (<https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session>).
#[derive(Deserialize)]
pub(crate) struct Code2Session {
    #[serde(default, deserialize_with = "text")]
    pub(crate) openid: Option<String>,
    /// Present only if the app is bound to an open-platform account.
    #[serde(default, deserialize_with = "text")]
    pub(crate) unionid: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) session_key: Option<String>,
}

/// The fields of `getStableAccessToken`
/// (<https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken>).
#[derive(Deserialize)]
pub(crate) struct StableToken {
    #[serde(default, deserialize_with = "text")]
    pub(crate) access_token: Option<String>,
    /// In seconds.
    #[serde(default, deserialize_with = "number")]
    pub(crate) expires_in: Option<i64>,
}

/// The fields of `getPhoneNumber`
/// (<https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/phone-number/api_getphonenumber>).
#[derive(Deserialize)]
pub(crate) struct GetPhoneNumber {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) phone_info: Option<PhoneInfo>,
}

/// A phone number. `phoneNumber` is not read, because it starts with the country code for some
/// countries and not for others.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhoneInfo {
    /// Without the country code.
    #[serde(default, deserialize_with = "text")]
    pub(crate) pure_phone_number: Option<String>,
    /// A string according to WeChat's page, a number in its example.
    #[serde(default, deserialize_with = "text_or_number")]
    pub(crate) country_code: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) watermark: Option<Watermark>,
}

/// The app that the data belong to.
#[derive(Deserialize)]
pub(crate) struct Watermark {
    #[serde(default, deserialize_with = "text")]
    pub(crate) appid: Option<String>,
}

/// A response without fields beside the error code.
#[derive(Deserialize)]
pub(crate) struct Empty {}

/// The fields of `ResetUserSessionKey`
/// (<https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_resetusersessionkey>).
#[derive(Deserialize)]
pub(crate) struct ResetSessionKey {
    #[serde(default, deserialize_with = "text")]
    pub(crate) openid: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) session_key: Option<String>,
}

/// The fields of `checkEncryptedData`
/// (<https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/user-info/auth.checkEncryptedData.html>).
#[derive(Deserialize)]
pub(crate) struct CheckEncryptedData {
    /// The misspelling is WeChat's.
    #[serde(default, rename = "vaild", alias = "valid", deserialize_with = "lenient")]
    pub(crate) valid: Option<bool>,
}

/// A string; anything else counts as absent.
fn text<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    lenient(value)
}

/// A value of type `T`; anything else counts as absent.
fn lenient<'de, D, T>(value: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(serde_json::from_value(Value::deserialize(value)?).ok())
}

/// A whole number, bare or in quotes; anything else counts as absent.
fn number<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(value)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

/// A string, or a number as a string; anything else counts as absent.
fn text_or_number<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(value)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A number, bare or in quotes. Anything else is an error, because a malformed error code must not
/// count as success.
fn number_or_text<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    let number = match Value::deserialize(value)? {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.map(Some).ok_or_else(|| D::Error::custom("errcode is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Option<Response<Code2Session>> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn an_error_code_is_a_number_or_a_string() {
        for (json, errcode) in [
            ("{}", None),
            (r#"{"errcode":null}"#, None),
            (r#"{"errcode":0}"#, Some(0)),
            (r#"{"errcode":"0"}"#, Some(0)),
            (r#"{"errcode":-1}"#, Some(-1)),
            (r#"{"errcode":"40029"}"#, Some(40029)),
        ] {
            assert_eq!(parse(json).unwrap().errcode, errcode, "{json}");
        }
        for json in [
            r#"{"errcode":""}"#,
            r#"{"errcode":"none"}"#,
            r#"{"errcode":1.5}"#,
            r#"{"errcode":true}"#,
            r#"{"errcode":{}}"#,
            r#"{"errcode":18446744073709551615}"#,
            r#"{"errcode":1,"errcode":0}"#,
            "[]",
            "null",
        ] {
            assert!(parse(json).is_none(), "{json}");
        }
    }

    #[test]
    fn a_field_of_the_wrong_type_counts_as_absent() {
        let response =
            parse(r#"{"openid":7,"unionid":null,"session_key":["a"],"errmsg":1}"#).unwrap();
        assert!(response.fields.openid.is_none());
        assert!(response.fields.unionid.is_none());
        assert!(response.fields.session_key.is_none());
        assert!(response.errmsg.is_none());
    }
}
