//! `WeChat`'s HTTP responses, right or changed by a fault.

use std::io;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::stream;
use poem::http::{StatusCode, header};
use poem::{Body, Response};
use serde_json::{Map, Value, json};

use crate::errcode::{self, Errcode};
use crate::random;
use crate::state::faults::{Fault, FaultKind};

/// The members of a JSON response.
pub(super) type Fields = Map<String, Value>;

/// More than a client should read.
const PADDING_BYTES: usize = 8 * 1024 * 1024;

const HTML: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n\
    <body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr>\r\n</body>\r\n</html>\r\n";

/// The fields of an error. The text ends in a request id that differs each time:
/// <https://developers.weixin.qq.com/doc/oplatform/developers/troubleshooting>.
pub(super) fn error(errcode: Errcode, now: u64) -> Fields {
    error_with_text(errcode, errcode::message(errcode), now)
}

fn error_with_text(errcode: Errcode, message: &str, now: u64) -> Fields {
    let message = format!("{message}, rid: {}", random::rid(now));
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
    }
}

fn scripted_error(fault: &Fault, now: u64) -> Fields {
    let errcode = fault.errcode.unwrap_or(-1);
    let message = fault.errmsg.as_deref();
    let mut fields = error_with_text(errcode, message.unwrap_or(errcode::message(errcode)), now);
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
