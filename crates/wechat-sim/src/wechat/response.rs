//! `WeChat`'s HTTP responses, right or changed by a fault.

use std::io;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::stream;
use poem::http::{StatusCode, header};
use poem::{Body, Response};
use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::errcode::{self, Errcode};
use crate::random;
use crate::state::faults::{Fault, FaultKind};

/// The members of a JSON response.
pub(super) type Fields = Map<String, Value>;

/// More than a client should read.
const PADDING_BYTES: usize = 8 * 1024 * 1024;

const HTML: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n\
    <body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr>\r\n</body>\r\n</html>\r\n";

/// The fields of an error.
pub(super) fn error(call: Call, errcode: Errcode, now: u64) -> Fields {
    error_with_text(errcode, &message(call, errcode), separator(call), now)
}

/// The fields of the error about an unknown path.
pub(super) fn unknown_url(now: u64) -> Fields {
    error_with_text(errcode::INVALID_URL, errcode::message(errcode::INVALID_URL), "", now)
}

/// `WeChat`'s text for an error of this call. Its phone number backend adds a hint to refusals of
/// its own, but not to those of the access token, as in
/// <https://github.com/binarywang/WxJava/issues/2821> and
/// <https://github.com/w7corp/easywechat/issues/2963>.
fn message(call: Call, errcode: Errcode) -> String {
    let text = errcode::message(errcode);
    match (call, errcode) {
        (Call::GetUserPhoneNumber, errcode::INVALID_CODE | errcode::DATA_FORMAT) => {
            format!("{text} hint: [{}]", random::hint())
        }
        _ => text.to_owned(),
    }
}

/// What is between the text and the request id: a comma in calls below `/sns` only, as in
/// <https://github.com/other-blowsnow/n8n-nodes-wechat-offiaccount/issues/2>.
fn separator(call: Call) -> &'static str {
    if call.is_sns() { "," } else { "" }
}

/// The text ends in a request id that differs each time:
/// <https://developers.weixin.qq.com/doc/oplatform/developers/troubleshooting>.
fn error_with_text(errcode: Errcode, message: &str, separator: &str, now: u64) -> Fields {
    let message = format!("{message}{separator} rid: {}", random::rid(now));
    Fields::from_iter([
        ("errcode".to_owned(), errcode.into()),
        ("errmsg".to_owned(), message.into()),
    ])
}

/// A response as `WeChat` sends it: JSON with status 200 and type `text/plain`, for success and
/// error alike, as developers report.
pub(super) fn normal(fields: Fields) -> Response {
    text(json_of(fields))
}

/// The response that a fault makes of the right one.
pub(super) fn with_fault(fault: &Fault, mut fields: Fields, now: u64) -> Response {
    match fault.kind {
        FaultKind::Delay => normal(fields),
        FaultKind::Errcode => normal(scripted_error(fault, now)),
        FaultKind::DropBefore | FaultKind::DropAfter => broken_connection(),
        FaultKind::Html => respond(StatusCode::OK, "text/html; charset=utf-8", HTML),
        FaultKind::BadGateway => respond(StatusCode::BAD_GATEWAY, "text/html", HTML),
        FaultKind::Empty => respond(StatusCode::OK, "text/html; charset=gbk", ""),
        FaultKind::Truncated => {
            let mut body = json_of(fields);
            body.truncate(body.len() / 2);
            text(body)
        }
        FaultKind::Huge => {
            fields.insert("padding".to_owned(), "x".repeat(PADDING_BYTES).into());
            normal(fields)
        }
        FaultKind::NoSessionKey => without(fields, "session_key"),
        FaultKind::NoOpenid => without(fields, "openid"),
        FaultKind::NoField => without(fields, fault.field.as_deref().unwrap_or_default()),
        FaultKind::ShortSessionKey => {
            if let Some(key) = fields.get_mut("session_key") {
                *key = BASE64_STANDARD.encode(random::bytes::<8>()).into();
            }
            normal(fields)
        }
        FaultKind::ZeroErrcode => {
            fields.entry("errcode").or_insert(errcode::OK.into());
            fields.entry("errmsg").or_insert("ok".into());
            normal(fields)
        }
        FaultKind::ExtraFields => {
            fields.entry("expires_in").or_insert(7200.into());
            fields.insert("not_documented".to_owned(), json!({"nested": [1, null]}));
            normal(fields)
        }
        FaultKind::EscapedSlashes => text(json_of(fields).replace('/', r"\/")),
    }
}

fn scripted_error(fault: &Fault, now: u64) -> Fields {
    let errcode = fault.errcode.unwrap_or(-1);
    let mut fields = match &fault.errmsg {
        Some(text) => error_with_text(errcode, text, separator(fault.call), now),
        None => error(fault.call, errcode, now),
    };
    if fault.as_string {
        fields.insert("errcode".to_owned(), errcode.to_string().into());
    }
    fields
}

fn without(mut fields: Fields, field: &str) -> Response {
    fields.shift_remove(field);
    normal(fields)
}

fn json_of(fields: Fields) -> String {
    Value::Object(fields).to_string()
}

fn text(body: String) -> Response {
    respond(StatusCode::OK, "text/plain", body)
}

fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    Response::builder().status(status).header(header::CONTENT_TYPE, content_type).body(body)
}

/// Makes the server close the connection without sending a byte.
///
/// The HTTP server polls the body before it flushes the head, and an error of the body closes the
/// connection. Without a Content-Length it would send a complete response instead.
fn broken_connection() -> Response {
    let cause = io::Error::new(io::ErrorKind::ConnectionReset, "a scripted fault");
    let stream = stream::iter([Err::<Vec<u8>, _>(cause)]);
    Response::builder().header(header::CONTENT_LENGTH, 1).body(Body::from_bytes_stream(stream))
}
