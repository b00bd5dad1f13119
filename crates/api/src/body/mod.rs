//! Requests' bodies.

mod form;
mod json;
mod upload;

use std::time::Duration;

use bytes::Bytes;
use poem::error::ReadBodyError;
use poem::{Request, RequestBody};

pub(crate) use self::form::{Form, FormBody, FromForm};
pub(crate) use self::json::{JsonBody, OptionalJsonBody};
pub(crate) use self::upload::FileUpload;
use crate::problem::{Problem, ProblemCode};

/// Longest body that is read, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// How long a body may take to arrive; set on every request.
#[derive(Clone, Copy)]
pub(crate) struct BodyTimeout(pub(crate) Duration);

async fn read(request: &Request, body: &mut RequestBody) -> poem::Result<Bytes> {
    read_up_to(MAX_BODY, request, body).await
}

/// The body, of at most so many bytes.
pub(crate) async fn read_up_to(
    longest: usize,
    request: &Request,
    body: &mut RequestBody,
) -> poem::Result<Bytes> {
    let limit = request.data::<BodyTimeout>().map_or(Duration::from_secs(10), |limit| limit.0);
    let bytes = tokio::time::timeout(limit, body.take()?.into_bytes_limit(longest))
        .await
        .map_err(|_| Problem::new(ProblemCode::RequestTimeout))?
        .map_err(|error| match error {
            ReadBodyError::PayloadTooLarge => Problem::new(ProblemCode::PayloadTooLarge),
            ReadBodyError::Io(_) | ReadBodyError::Utf8(_) | ReadBodyError::BodyHasBeenTaken => {
                Problem::new(ProblemCode::InvalidRequest).detail("The body broke off.")
            }
        })?;
    Ok(bytes)
}

/// Whether a media type with perhaps a parameter is this one.
fn is_media_type(content_type: &str, expected: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(expected)
}
