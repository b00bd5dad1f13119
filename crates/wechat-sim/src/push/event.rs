//! An event as XML or JSON.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::crypto;

/// The events that name a person and an app once more in fields of their own. Source:
/// <https://developers.weixin.qq.com/miniprogram/dev/server/event_push/platform/authorized_user_information_changes>.
const ABOUT_AUTHORIZED_USERS: [&str; 3] =
    ["user_info_modified", "user_authorization_revoke", "user_authorization_cancellation"];

/// What happened.
pub(crate) struct Event<'a> {
    pub(crate) app_id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) openid: Option<&'a str>,
    /// Seconds.
    pub(crate) at: u64,
    /// Put beside or over the usual fields; `null` leaves one out.
    pub(crate) fields: Map<String, Value>,
}

impl Event<'_> {
    /// The account that receives the message, as `WeChat` names it: not the appid.
    pub(crate) fn receiver(&self) -> String {
        format!("gh_{:.12}", crypto::sha1(self.app_id.as_bytes()))
    }

    /// The message's fields in `WeChat`'s order.
    pub(crate) fn message(mut self) -> Map<String, Value> {
        let openid = self.openid.unwrap_or_default();
        let mut usual: Vec<(&str, Value)> = vec![
            ("ToUserName", self.receiver().into()),
            ("FromUserName", openid.into()),
            ("CreateTime", self.at.into()),
            ("MsgType", "event".into()),
            ("Event", self.name.into()),
        ];
        if ABOUT_AUTHORIZED_USERS.contains(&self.name) {
            usual.push(("OpenID", openid.into()));
            usual.push(("AppID", self.app_id.into()));
        }
        let mut message = Map::new();
        for (name, value) in usual {
            let value = self.fields.shift_remove(name).unwrap_or(value);
            message.insert(name.to_owned(), value);
        }
        message.extend(self.fields);
        message.retain(|_, value| !value.is_null());
        message
    }
}

/// The form in which an app has its messages delivered.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Format {
    Xml,
    Json,
}

impl Format {
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml",
            Self::Json => "application/json",
        }
    }

    /// The message as text, or what about it has no such form.
    pub(crate) fn write(self, message: &Map<String, Value>) -> Result<String, String> {
        match self {
            Self::Xml => Ok(format!("<xml>{}</xml>", elements(message)?)),
            Self::Json => serde_json::to_string(message).map_err(|error| error.to_string()),
        }
    }
}

fn elements(fields: &Map<String, Value>) -> Result<String, String> {
    fields
        .iter()
        .map(|(name, value)| {
            if !is_name(name) {
                return Err(format!("`{name}` cannot be the name of an XML element"));
            }
            let content = match value {
                Value::Null => String::new(),
                Value::Bool(flag) => flag.to_string(),
                Value::Number(number) => number.to_string(),
                Value::String(text) => cdata(text),
                Value::Object(inner) => elements(inner)?,
                Value::Array(_) => return Err(format!("`{name}` is a list, which XML has not")),
            };
            Ok(format!("<{name}>{content}</{name}>"))
        })
        .collect()
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    name.bytes().all(allowed)
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// The end of a section cannot stand in one, so it is divided between two.
fn cdata(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}
