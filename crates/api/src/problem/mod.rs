//! Failures as RFC 9457 problem details.

mod avatars;
mod bodies;
mod challenge;
mod code;
mod declared;
mod framework;
mod mapping;
mod merging;
mod wechat;

use std::borrow::Cow;
use std::time::Duration;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use wxlogin_domain::model::Malformed;

pub(crate) use self::bodies::{OAuthProblem, OriginalProblem, ProblemBody, ProblemDetails};
pub(crate) use self::challenge::Challenge;
pub(crate) use self::code::ProblemCode;
pub(crate) use self::declared::{Failure, ProblemSet, codes, codes_in, problem_set};

/// A failure for the client. Its texts never repeat values of the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", code.as_str())]
pub(crate) struct Problem {
    pub(crate) code: ProblemCode,
    pub(crate) detail: Option<Cow<'static, str>>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) challenge: Option<Challenge>,
}

impl Problem {
    pub(crate) const fn new(code: ProblemCode) -> Self {
        Self { code, detail: None, retry_after: None, challenge: None }
    }

    /// An invalid request.
    pub(crate) fn invalid(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ProblemCode::InvalidRequest).detail(detail)
    }

    /// A field with an invalid value.
    pub(crate) fn malformed(field: &'static str, rule: Malformed) -> Self {
        Self::invalid(format!("The field `{field}` is invalid: {rule}."))
    }

    pub(crate) fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) const fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    pub(crate) const fn challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// Returns the response with a body of type `B`.
    pub(crate) fn response<B: ProblemBody>(&self) -> Response {
        let mut response = Response::builder()
            .status(self.code.status())
            .header(header::CONTENT_TYPE, "application/problem+json")
            .header(header::CACHE_CONTROL, "no-store")
            .body(B::of(self).to_json_string());
        if let Some(after) = self.retry_after {
            // Rounded up, so that a client that waits exactly this long is not too early.
            let seconds = after.as_millis().div_ceil(1000).max(1);
            if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
        }
        for value in self.challenge.map(Challenge::values).unwrap_or_default() {
            let value = HeaderValue::from_static(value);
            response.headers_mut().append(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.response::<ProblemDetails>()
    }
}

impl poem::error::ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.code.status()
    }

    fn as_response(&self) -> Response {
        self.clone().into_response()
    }
}
