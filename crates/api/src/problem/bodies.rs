//! The bodies of failures.

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::Object;
use poem_openapi::types::{Example, ToJSON, Type};

use super::challenge::Challenge;
use super::code::ProblemCode;
use super::error::Problem;

/// The body of a failure.
pub(crate) trait ProblemBody: Type + ToJSON {
    /// Returns the body of a problem.
    fn of(problem: &Problem) -> Self;
}

impl Problem {
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

/// Why a request failed (RFC 9457).
#[derive(Debug, Object)]
#[oai(rename = "Problem", skip_serializing_if_is_none, example)]
pub(crate) struct ProblemDetails {
    /// URI of the kind of problem. Equivalent to `code`.
    r#type: String,
    /// What went wrong, for humans.
    title: String,
    /// HTTP status.
    status: u16,
    /// What went wrong, for programs. Codes are stable; new ones may be added.
    code: String,
    /// What to do about it, for humans.
    detail: Option<String>,
}

impl ProblemBody for ProblemDetails {
    fn of(problem: &Problem) -> Self {
        Self {
            r#type: format!("urn:wxlogin:problem:{}", problem.code.as_str()),
            title: problem.code.title().to_owned(),
            status: problem.code.status().as_u16(),
            code: problem.code.as_str().to_owned(),
            detail: problem.detail.as_ref().map(ToString::to_string),
        }
    }
}

fn sample() -> Problem {
    Problem::new(ProblemCode::LoginCodeUsed).detail("Call wx.login again and send the new code.")
}

impl Example for ProblemDetails {
    fn example() -> Self {
        Self::of(&sample())
    }
}

/// Why a request of the original contract failed: a problem with that contract's `message`.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none, example)]
pub(crate) struct OriginalProblem {
    /// URI of the kind of problem. Equivalent to `code`.
    r#type: String,
    /// What went wrong, for humans.
    title: String,
    /// HTTP status.
    status: u16,
    /// What went wrong, for programs. A string, where a success has the number 1.
    code: String,
    /// What to do about it, for humans.
    detail: Option<String>,
    /// Always `接口错误`.
    message: String,
}

impl ProblemBody for OriginalProblem {
    fn of(problem: &Problem) -> Self {
        let ProblemDetails { r#type, title, status, code, detail } = ProblemDetails::of(problem);
        Self { r#type, title, status, code, detail, message: "接口错误".into() }
    }
}

impl Example for OriginalProblem {
    fn example() -> Self {
        Self::of(&sample())
    }
}

/// Why a request of an OAuth endpoint failed: a problem with the `error` of OAuth (RFC 6749 section
/// 5.2).
#[derive(Debug, Object)]
#[oai(rename = "OAuthProblem", skip_serializing_if_is_none, example)]
pub(crate) struct OAuthProblem {
    /// URI of the kind of problem. Equivalent to `code`.
    r#type: String,
    /// What went wrong, for humans.
    title: String,
    /// HTTP status.
    status: u16,
    /// What went wrong, for programs. Codes are stable; new ones may be added.
    code: String,
    /// What to do about it, for humans.
    detail: Option<String>,
    /// OAuth error code: `invalid_request`, `invalid_client`, `unauthorized_client`,
    /// `insufficient_scope`, `temporarily_unavailable` or `server_error`.
    error: String,
}

impl ProblemBody for OAuthProblem {
    fn of(problem: &Problem) -> Self {
        let ProblemDetails { r#type, title, status, code, detail } = ProblemDetails::of(problem);
        let error = oauth_error(problem.code).into();
        Self { r#type, title, status, code, detail, error }
    }
}

impl Example for OAuthProblem {
    fn example() -> Self {
        Self::of(&Problem::invalid("The parameter `token` is missing."))
    }
}

/// Returns the OAuth error code of a problem.
fn oauth_error(code: ProblemCode) -> &'static str {
    match code.status() {
        _ if code == ProblemCode::ClientAddressNotAllowed => "unauthorized_client",
        StatusCode::UNAUTHORIZED => "invalid_client",
        StatusCode::FORBIDDEN => "insufficient_scope",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            "temporarily_unavailable"
        }
        other if other.is_client_error() => "invalid_request",
        _ => "server_error",
    }
}
