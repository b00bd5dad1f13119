//! Maps the framework's errors to problems.

use poem::error::{MethodNotAllowedError, NotFoundError};
use poem_openapi::error::{AuthorizationError, ContentTypeError, ParseParamError, ParsePathError};

use super::{Problem, ProblemCode};

impl Problem {
    /// Returns the problem of any error: ours, or one of the framework, whose own texts repeat what
    /// the client sent.
    pub(crate) fn of(error: &poem::Error) -> Self {
        if let Some(problem) = error.downcast_ref::<Self>() {
            problem.clone()
        } else if error.is::<NotFoundError>() || error.is::<ParsePathError>() {
            Self::new(ProblemCode::NotFound)
        } else if error.is::<MethodNotAllowedError>() {
            Self::new(ProblemCode::MethodNotAllowed)
        } else if error.is::<ContentTypeError>() {
            Self::new(ProblemCode::UnsupportedMediaType)
        } else if error.is::<AuthorizationError>() {
            Self::token_missing()
        } else if let Some(error) = error.downcast_ref::<ParseParamError>() {
            // The parameter's name is ours; the framework's reason repeats the value.
            Self::invalid(format!("The parameter `{}` is missing or malformed.", error.name))
        } else if error.status().is_client_error() {
            Self::new(ProblemCode::InvalidRequest)
        } else {
            Self::new(ProblemCode::InternalError)
        }
    }
}
