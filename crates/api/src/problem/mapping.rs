//! From what the use cases and the framework say to what the client reads.

use std::time::Duration;

use poem::error::{MethodNotAllowedError, NotFoundError};
use poem_openapi::error::{AuthorizationError, ContentTypeError};
use wxlogin_domain::ports::StoreError;
use wxlogin_domain::usecase::current_user::CurrentUserError;
use wxlogin_domain::usecase::log_in::LogInError;

use super::{Problem, ProblemCode};

/// How soon to come back when the database is away.
const DATABASE_RETRY: Duration = Duration::from_secs(5);

const NEW_CODE: &str = "Call wx.login again and send the new code.";
const NEW_CODE_LATER: &str = "Wait, then call wx.login again and send the new code.";

impl From<LogInError> for Problem {
    fn from(error: LogInError) -> Self {
        match error {
            LogInError::UnknownApp(unknown) => {
                Self::new(ProblemCode::InvalidRequest).detail(unknown.to_string())
            }
            LogInError::CodeMalformed => Self::new(ProblemCode::LoginCodeInvalid).detail(
                "This is not the shape of a wx.login code. \
                 Developer tools without an AppID of their own give none.",
            ),
            LogInError::CodeInvalid => Self::new(ProblemCode::LoginCodeInvalid).detail(
                "The code is older than five minutes, was made by another mini-program, \
                 or never was one. Call wx.login again and send the new code.",
            ),
            LogInError::CodeUsed => Self::new(ProblemCode::LoginCodeUsed).detail(NEW_CODE),
            LogInError::BlockedByWechat => Self::new(ProblemCode::LoginBlockedByWechat),
            LogInError::SignUpClosed => Self::new(ProblemCode::SignUpClosed),
            LogInError::UserDisabled => Self::new(ProblemCode::UserDisabled),
            LogInError::RateLimited { retry_after } => {
                Self::new(ProblemCode::RateLimited).detail(NEW_CODE_LATER).retry_after(retry_after)
            }
            LogInError::WechatMisconfigured => Self::new(ProblemCode::WechatMisconfigured)
                .detail("The operator's log says what has to be mended."),
            LogInError::WechatUnavailable { retry_after } => {
                Self::new(ProblemCode::WechatUnavailable)
                    .detail(NEW_CODE_LATER)
                    .retry_after(retry_after)
            }
            LogInError::Store(StoreError::Unavailable(_)) => {
                Self::new(ProblemCode::StoreUnavailable)
                    .detail(NEW_CODE_LATER)
                    .retry_after(DATABASE_RETRY)
            }
            LogInError::Store(StoreError::Unexpected(_)) | LogInError::Broken => {
                Self::new(ProblemCode::InternalError)
            }
        }
    }
}

impl From<CurrentUserError> for Problem {
    fn from(error: CurrentUserError) -> Self {
        match error {
            CurrentUserError::TokenInvalid => Self::new(ProblemCode::TokenInvalid),
            CurrentUserError::UserDisabled => Self::new(ProblemCode::UserDisabled),
            CurrentUserError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a request could not be answered");
        match error {
            StoreError::Unavailable(_) => {
                Self::new(ProblemCode::StoreUnavailable).retry_after(DATABASE_RETRY)
            }
            StoreError::Unexpected(_) => Self::new(ProblemCode::InternalError),
        }
    }
}

impl Problem {
    /// The problem behind any error that reaches the border: ours, or the framework's, whose own
    /// texts repeat what the client sent.
    pub(crate) fn of(error: &poem::Error) -> Self {
        if let Some(problem) = error.downcast_ref::<Self>() {
            problem.clone()
        } else if error.is::<NotFoundError>() {
            Self::new(ProblemCode::NotFound)
        } else if error.is::<MethodNotAllowedError>() {
            Self::new(ProblemCode::MethodNotAllowed)
        } else if error.is::<ContentTypeError>() {
            Self::new(ProblemCode::UnsupportedMediaType)
        } else if error.is::<AuthorizationError>() {
            Self::new(ProblemCode::TokenInvalid)
        } else if error.status().is_client_error() {
            Self::new(ProblemCode::InvalidRequest)
        } else {
            Self::new(ProblemCode::InternalError)
        }
    }
}
