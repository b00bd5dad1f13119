use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use wxlogin_domain::ports::WechatReply;

use crate::rid;

/// What WeChat answers to any call: its verdict, and the fields of the call.
///
/// WeChat keeps to no schema, so every field may be missing and unknown ones are passed over. In a
/// good answer of code2Session `errcode` is usually absent.
#[derive(Deserialize)]
pub(crate) struct Answer<T> {
    /// WeChat's error number: none and 0 both mean that all is well.
    #[serde(default, deserialize_with = "number_or_text")]
    pub(crate) errcode: Option<i64>,
    /// WeChat's words about it. They may quote the request.
    #[serde(default, deserialize_with = "text")]
    pub(crate) errmsg: Option<String>,
    /// The fields of the call.
    #[serde(flatten)]
    pub(crate) fields: T,
}

impl<T> Answer<T> {
    /// What may be told of it in a log.
    pub(crate) fn reply(&self) -> WechatReply {
        WechatReply { errcode: self.errcode, rid: self.errmsg.as_deref().and_then(rid::find) }
    }
}

/// The fields of code2Session
/// (<https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session>).
#[derive(Deserialize)]
pub(crate) struct Code2Session {
    #[serde(default, deserialize_with = "text")]
    pub(crate) openid: Option<String>,
    /// Only there when the app is bound to an open-platform account.
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

/// The phone number. `phoneNumber` is left out: it has the country code in front for some countries
/// and not for others.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhoneInfo {
    /// Without the country code.
    #[serde(default, deserialize_with = "text")]
    pub(crate) pure_phone_number: Option<String>,
    /// A text by the page's words, a number by its example.
    #[serde(default, deserialize_with = "text_or_number")]
    pub(crate) country_code: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) watermark: Option<Watermark>,
}

/// Whose data it is.
#[derive(Deserialize)]
pub(crate) struct Watermark {
    #[serde(default, deserialize_with = "text")]
    pub(crate) appid: Option<String>,
}

/// The fields of a call that answers with its verdict alone.
#[derive(Deserialize)]
pub(crate) struct Verdict {}

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
    /// The spelling is WeChat's.
    #[serde(default, rename = "vaild", alias = "valid", deserialize_with = "lenient")]
    pub(crate) valid: Option<bool>,
}

/// A text; anything else counts as absent.
fn text<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    lenient(value)
}

/// A value of this kind; anything else counts as absent.
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

/// A text, or the digits of a number; anything else counts as absent.
fn text_or_number<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(value)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A number, bare or in quotes; an error number that is neither must not pass for its absence.
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

    fn parse(json: &str) -> Option<Answer<Code2Session>> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn an_error_number_comes_in_several_shapes() {
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
    fn a_field_of_another_kind_is_absent() {
        let answer =
            parse(r#"{"openid":7,"unionid":null,"session_key":["a"],"errmsg":1}"#).unwrap();
        assert!(answer.fields.openid.is_none());
        assert!(answer.fields.unionid.is_none());
        assert!(answer.fields.session_key.is_none());
        assert!(answer.errmsg.is_none());
    }
}
