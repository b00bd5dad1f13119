//! Failures as RFC 9457 problem details.

mod code;
mod declared;
mod mapping;

use std::borrow::Cow;
use std::time::Duration;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::Object;

pub(crate) use self::code::ProblemCode;
pub(crate) use self::declared::{Failure, ProblemSet, codes, codes_in};

/// A failure on its way to the client. Its texts are written here and repeat nothing of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", code.as_str())]
pub(crate) struct Problem {
    pub(crate) code: ProblemCode,
    pub(crate) detail: Option<Cow<'static, str>>,
    pub(crate) retry_after: Option<Duration>,
}

impl Problem {
    pub(crate) const fn new(code: ProblemCode) -> Self {
        Self { code, detail: None, retry_after: None }
    }

    pub(crate) fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) const fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    pub(crate) fn details(&self) -> ProblemDetails {
        ProblemDetails {
            r#type: format!("urn:wxlogin:problem:{}", self.code.as_str()),
            title: self.code.title().to_owned(),
            status: self.code.status().as_u16(),
            code: self.code.as_str().to_owned(),
            detail: self.detail.as_ref().map(ToString::to_string),
        }
    }

    /// The answer, with `body` for its body.
    pub(crate) fn response(&self, body: &impl poem_openapi::types::ToJSON) -> Response {
        let mut response = Response::builder()
            .status(self.code.status())
            .header(header::CONTENT_TYPE, "application/problem+json")
            .header(header::CACHE_CONTROL, "no-store")
            .body(body.to_json_string());
        if let Some(after) = self.retry_after {
            // Rounded up: a client that waits exactly so long must not come too early.
            let seconds = after.as_millis().div_ceil(1000).max(1);
            if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
        }
        if self.code.status() == StatusCode::UNAUTHORIZED {
            // RFC 6750 section 3.1
            let value = HeaderValue::from_static(r#"Bearer error="invalid_token""#);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.response(&self.details())
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

/// Why a request failed (RFC 9457).
#[derive(Debug, Object)]
#[oai(rename = "Problem", skip_serializing_if_is_none, example)]
pub(crate) struct ProblemDetails {
    /// A URI that names the kind of problem; says the same as `code`.
    pub(crate) r#type: String,
    /// What went wrong, for people.
    pub(crate) title: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What went wrong, for programs. Stable; new codes may come.
    pub(crate) code: String,
    /// What to do about it, for people.
    pub(crate) detail: Option<String>,
}

impl poem_openapi::types::Example for ProblemDetails {
    fn example() -> Self {
        Problem::new(ProblemCode::LoginCodeUsed)
            .detail("Call wx.login again and send the new code.")
            .details()
    }
}

/// Why a request of the original contract failed: a problem, with the `message` that contract
/// shows.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none, example)]
pub(crate) struct OriginalProblem {
    /// A URI that names the kind of problem; says the same as `code`.
    r#type: String,
    /// What went wrong, for people.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What went wrong, for programs. A text, where a success has the number 1.
    code: String,
    /// What to do about it, for people.
    detail: Option<String>,
    /// Always `接口错误`.
    message: String,
}

impl From<ProblemDetails> for OriginalProblem {
    fn from(details: ProblemDetails) -> Self {
        let ProblemDetails { r#type, title, status, code, detail } = details;
        Self { r#type, title, status, code, detail, message: "接口错误".into() }
    }
}

impl poem_openapi::types::Example for OriginalProblem {
    fn example() -> Self {
        ProblemDetails::example().into()
    }
}
