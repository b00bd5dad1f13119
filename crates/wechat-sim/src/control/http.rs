//! Reading JSON requests and writing JSON responses.

use std::fmt::Display;

use poem::http::{StatusCode, header};
use poem::{Body, Error, Response, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

const MAX_BODY_BYTES: usize = 64 * 1024;

/// Reads a body. Its Content-Type is ignored, because `curl -d` declares a form.
pub(super) async fn read(body: Body) -> Result<Vec<u8>> {
    let bytes = body.into_bytes_limit(MAX_BODY_BYTES).await;
    Ok(bytes.map_err(bad_request)?.to_vec())
}

pub(super) fn parse<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T> {
    serde_json::from_slice(json).map_err(bad_request)
}

/// A response with status 200.
pub(super) fn ok(content: &impl Serialize) -> Response {
    match serde_json::to_string(content) {
        Ok(json) => respond(StatusCode::OK, json),
        Err(cause) => error(StatusCode::INTERNAL_SERVER_ERROR, cause),
    }
}

pub(super) fn bad_request(message: impl Display) -> Error {
    Error::from_response(error(StatusCode::BAD_REQUEST, message))
}

/// An error response with `{"error": message}`.
pub(super) fn error(status: StatusCode, message: impl Display) -> Response {
    respond(status, json!({"error": message.to_string()}).to_string())
}

fn respond(status: StatusCode, json: String) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(json)
}
