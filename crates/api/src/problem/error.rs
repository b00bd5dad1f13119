use std::borrow::Cow;
use std::time::Duration;

use wxlogin_domain::model::Malformed;

use super::challenge::Challenge;
use super::code::ProblemCode;

/// A failure for the client. Its texts never repeat values of the request; the detail may name an unknown
/// field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", code.as_str())]
pub(crate) struct Problem {
    pub(crate) code: ProblemCode,
    pub(crate) detail: Option<Cow<'static, str>>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) challenge: Option<Challenge>,
    /// Whether the detail repeats something of the request, which must not be logged.
    pub(crate) repeats_request: bool,
}

impl Problem {
    pub(crate) const fn new(code: ProblemCode) -> Self {
        Self { code, detail: None, retry_after: None, challenge: None, repeats_request: false }
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
}
