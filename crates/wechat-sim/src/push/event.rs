//! An event, and its message in XML or JSON.

use std::slice;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::crypto;

/// The events whose messages also have the fields `OpenID` and `AppID`. Source:
/// <https://developers.weixin.qq.com/miniprogram/dev/server/event_push/platform/authorized_user_information_changes>.
const ABOUT_AUTHORIZED_USERS: [&str; 3] =
    ["user_info_modified", "user_authorization_revoke", "user_authorization_cancellation"];

/// An event to push.
pub(crate) struct Event<'a> {
    pub(crate) app_id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) openid: Option<&'a str>,
    /// The time in seconds.
    pub(crate) at: u64,
    /// Added to the usual fields, or replacing them; `null` removes one.
    pub(crate) fields: Map<String, Value>,
}

impl Event<'_> {
    /// The `ToUserName`: the original id of the account, which is not the appid.
    pub(crate) fn receiver(&self) -> String {
        format!("gh_{:.12}", crypto::sha1(self.app_id.as_bytes()))
    }

    /// The fields of the message, in `WeChat`'s order.
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

/// The format of messages: an app's setting in `WeChat`'s console.
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

    /// Writes the message, or says why the format cannot express it.
    pub(crate) fn write(self, message: &Map<String, Value>) -> Result<String, String> {
        match self {
            Self::Xml => Ok(format!("<xml>{}</xml>", elements(message)?)),
            Self::Json => serde_json::to_string(message).map_err(|error| error.to_string()),
        }
    }
}

/// Writes each field as an element, and a list as one element for each item, as the page of
/// subscribe messages shows:
/// <https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/subscribe-message.html>.
fn elements(fields: &Map<String, Value>) -> Result<String, String> {
    let mut xml = String::new();
    for (name, value) in fields {
        if !is_name(name) {
            return Err(format!("`{name}` is not a valid XML element name."));
        }
        for item in value.as_array().map_or(slice::from_ref(value), Vec::as_slice) {
            let content = match item {
                Value::Null => String::new(),
                Value::Bool(flag) => flag.to_string(),
                Value::Number(number) => number.to_string(),
                Value::String(text) => cdata(text),
                Value::Object(inner) => elements(inner)?,
                Value::Array(_) => {
                    return Err(format!(
                        "`{name}` is a list of lists, which the XML format does not support."
                    ));
                }
            };
            xml.extend(["<", name, ">", &content, "</", name, ">"]);
        }
    }
    Ok(xml)
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    name.bytes().all(allowed)
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// A CDATA section cannot contain `]]>`, so the text is split into two sections there.
fn cdata(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}
