use std::time::Duration;

use bytes::Bytes;
use poem::error::ReadBodyError;
use poem::http::header;
use poem::{Request, RequestBody};

use crate::problem::{Problem, ProblemCode};

/// The longest JSON or form body, in bytes. The longest `encryptedData` fits, also with escaped slashes.
const MAX_BODY: usize = 18 * 1024;

/// How long a body may take to arrive. The middleware sets it on every request.
#[derive(Clone, Copy)]
pub(crate) struct BodyTimeout(pub(crate) Duration);

/// Reads a JSON or form body.
pub(super) async fn read(request: &Request, body: &mut RequestBody) -> poem::Result<Bytes> {
    read_up_to(MAX_BODY, request, body).await
}

/// Refuses a compressed body.
pub(super) fn require_uncompressed(request: &Request) -> Result<(), Problem> {
    let mut encodings = request.headers().get_all(header::CONTENT_ENCODING).iter();
    if encodings.all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    let detail = "Compressed bodies are not supported: omit `Content-Encoding`.";
    Err(Problem::new(ProblemCode::UnsupportedMediaType).detail(detail))
}

/// Reads a body of at most `max_len` bytes. A compressed body is refused.
pub(crate) async fn read_up_to(
    max_len: usize,
    request: &Request,
    body: &mut RequestBody,
) -> poem::Result<Bytes> {
    require_uncompressed(request)?;
    let limit = request.data::<BodyTimeout>().map_or(Duration::from_secs(10), |limit| limit.0);
    let bytes = tokio::time::timeout(limit, body.take()?.into_bytes_limit(max_len))
        .await
        .map_err(|_| Problem::new(ProblemCode::RequestTimeout))?
        .map_err(|error| match error {
            ReadBodyError::PayloadTooLarge => Problem::new(ProblemCode::PayloadTooLarge),
            ReadBodyError::Io(_) | ReadBodyError::Utf8(_) | ReadBodyError::BodyHasBeenTaken => {
                Problem::invalid("The request body is incomplete.")
            }
        })?;
    Ok(bytes)
}

/// Returns whether a `Content-Type`, without its parameters, is the expected media type. Some clients
/// send it twice in one header.
pub(super) fn is_media_type(content_type: &str, expected: &str) -> bool {
    let (names, _parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    names.split(',').all(|name| name.trim().eq_ignore_ascii_case(expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_may_have_parameters_and_a_repetition() {
        for (content_type, is_json) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json, application/json", true),
            ("application/json;charset=utf-8,application/json", true),
            ("application/json, text/plain", false),
            ("application/json,", false),
            ("application/jsonp", false),
            ("", false),
        ] {
            assert_eq!(is_media_type(content_type, "application/json"), is_json, "{content_type}");
        }
    }
}
