use std::time::Duration;

use bytes::Bytes;
use poem::error::ReadBodyError;
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

/// Reads a body of at most `max_len` bytes.
pub(crate) async fn read_up_to(
    max_len: usize,
    request: &Request,
    body: &mut RequestBody,
) -> poem::Result<Bytes> {
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

/// Returns whether a `Content-Type`, without its parameters, is the expected media type.
pub(super) fn is_media_type(content_type: &str, expected: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(expected)
}
