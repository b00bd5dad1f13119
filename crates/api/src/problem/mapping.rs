//! Maps the errors of use cases to problems.

use std::time::Duration;

use wxlogin_domain::ports::{RetryAfter, StoreError, WechatFault};
use wxlogin_domain::usecase::admin::api_clients::ClientError;
use wxlogin_domain::usecase::admin::users::AdministrationError;
use wxlogin_domain::usecase::operations::readiness::NotReady;
use wxlogin_domain::usecase::profile::account::AccountError;
use wxlogin_domain::usecase::profile::phone::binding::{PhoneError, PhoneUnreadable};
use wxlogin_domain::usecase::push::pushes::PushError;
use wxlogin_domain::usecase::sign_in::log_in::LogInError;
use wxlogin_domain::usecase::tokens::current_user::AuthenticationError;
use wxlogin_domain::usecase::tokens::introspection::IntrospectionError;
use wxlogin_domain::usecase::tokens::refresh::RefreshError;
use wxlogin_domain::usecase::tokens::revocations::Stale;
use wxlogin_domain::usecase::tokens::sessions::{LogOutError, SessionsError};

use super::{Challenge, Problem, ProblemCode};

/// When to retry while the database is not available.
const DATABASE_RETRY: Duration = Duration::from_secs(5);

const NEW_CODE: &str = "Call wx.login again and send the new code.";
const NEW_CODE_LATER: &str = "Wait, then call wx.login again and send the new code.";
const SAME_CODE_LATER: &str = "The code was not sent to WeChat. Wait, then send it again, or send a \
                               new one if it is older than five minutes.";
const NEW_PHONE_CODE_LATER: &str =
    "Wait, then let the user tap the phone-number button again and send the new code.";

impl From<LogInError> for Problem {
    fn from(error: LogInError) -> Self {
        match error {
            LogInError::UnknownApp(unknown) => {
                Self::invalid(format!("The request is invalid: {unknown}."))
            }
            LogInError::CodeMalformed => Self::new(ProblemCode::LoginCodeInvalid).detail(
                "This does not look like a code of wx.login. WeChat's developer tools need an AppID \
                 of their own to create one.",
            ),
            LogInError::CodeInvalid => Self::new(ProblemCode::LoginCodeInvalid).detail(
                "The code is older than five minutes, of another mini-program, or made up. Call \
                 wx.login again and send the new code.",
            ),
            LogInError::CodeUsed => Self::new(ProblemCode::LoginCodeUsed).detail(NEW_CODE),
            LogInError::IdempotencyKeyReused => Self::new(ProblemCode::IdempotencyKeyReused)
                .detail("Create a new key for each login, and repeat it only with the same login."),
            LogInError::BlockedByWechat => Self::new(ProblemCode::LoginBlockedByWechat),
            LogInError::SignUpClosed => Self::new(ProblemCode::SignUpClosed),
            LogInError::UserDisabled => Self::new(ProblemCode::UserDisabled),
            LogInError::AccountErasing => Self::new(ProblemCode::AccountErasing).detail(
                "Ask the user whether to restore the account. If so, call wx.login again and send \
                 the new code with `restore`.",
            ),
            LogInError::TooManyFailures { retry_after } => {
                Self::new(ProblemCode::RateLimited).detail(NEW_CODE_LATER).retry_after(retry_after)
            }
            LogInError::Wechat(fault) => Self::of_used_code(fault, NEW_CODE_LATER),
            LogInError::Store(error) | LogInError::NotAdmitted(error) => {
                Self::of_store(&error, Some(NEW_CODE_LATER))
            }
            LogInError::Internal => Self::new(ProblemCode::InternalError),
        }
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Invalid => Self::refresh_token_invalid(),
            RefreshError::Reused => Self::new(ProblemCode::RefreshTokenReused)
                .detail("The token may be stolen, so the session has been ended. Sign in again."),
            RefreshError::UserDisabled => Self::new(ProblemCode::UserDisabled),
            RefreshError::TooMany(limited) => limited.into(),
            RefreshError::Store(error) => error.into(),
            RefreshError::Internal => Self::new(ProblemCode::InternalError),
        }
    }
}

impl From<LogOutError> for Problem {
    fn from(error: LogOutError) -> Self {
        match error {
            LogOutError::RefreshTokenInvalid => Self::refresh_token_invalid(),
            LogOutError::AccessTokenInvalid => Self::token_invalid(),
            LogOutError::TooMany(limited) => limited.into(),
            LogOutError::Store(error) => error.into(),
        }
    }
}

impl From<AuthenticationError> for Problem {
    fn from(error: AuthenticationError) -> Self {
        match error {
            AuthenticationError::TokenInvalid => Self::token_invalid(),
            AuthenticationError::UserDisabled => Self::new(ProblemCode::UserDisabled),
            AuthenticationError::ReauthenticationRequired => {
                Self::new(ProblemCode::ReauthenticationRequired).detail(
                    "The last sign-in must be less than five minutes ago. Call wx.login, sign in \
                     again, and repeat this request with the new token.",
                )
            }
            AuthenticationError::Store(error) => error.into(),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Authentication(error) => error.into(),
            AccountError::Nickname(rule) => Self::malformed("nickname", rule),
            AccountError::AvatarUrl(rule) => Self::malformed("avatarUrl", rule),
            AccountError::TooMany(limited) => limited.into(),
            AccountError::Store(error) => error.into(),
        }
    }
}

impl From<PhoneError> for Problem {
    fn from(error: PhoneError) -> Self {
        match error {
            PhoneError::Authentication(error) => error.into(),
            PhoneError::CodeInvalid => Self::new(ProblemCode::PhoneCodeInvalid).detail(
                "The code is older than five minutes, already used, another user's, or made up. Let \
                 the user tap the phone-number button again and send the new code.",
            ),
            PhoneError::NoNumber => Self::new(ProblemCode::PhoneUnavailable).detail(
                "WeChat answered with an empty number. Let the user choose another number in \
                 WeChat's dialog, or continue without one; the same number will fail again.",
            ),
            PhoneError::TooMany(limited) => limited.into(),
            PhoneError::Taken => Self::new(ProblemCode::PhoneTaken)
                .detail("The number's owner can ask the operator to release it."),
            PhoneError::Wechat(fault) => Self::of_used_code(fault, NEW_PHONE_CODE_LATER),
            PhoneError::Store(error) => Self::of_store(&error, Some(NEW_PHONE_CODE_LATER)),
            PhoneError::Internal => Self::new(ProblemCode::InternalError),
        }
    }
}

impl From<PhoneUnreadable> for Problem {
    fn from(PhoneUnreadable: PhoneUnreadable) -> Self {
        Self::new(ProblemCode::InternalError)
    }
}

impl From<SessionsError> for Problem {
    fn from(error: SessionsError) -> Self {
        match error {
            SessionsError::Authentication(error) => error.into(),
            SessionsError::NotFound => Self::new(ProblemCode::NotFound),
            SessionsError::Store(error) => error.into(),
        }
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Invalid => {
                Self::new(ProblemCode::ClientInvalid).challenge(Challenge::Client)
            }
            ClientError::Expired => Self::new(ProblemCode::ClientExpired)
                .detail("Ask the operator to extend the client or to create another one.")
                .challenge(Challenge::Client),
            ClientError::AddressNotAllowed => Self::new(ProblemCode::ClientAddressNotAllowed)
                .detail("Call from an allowed address, or ask the operator to allow this one."),
            ClientError::InsufficientScope(scope) => Self::new(ProblemCode::InsufficientScope)
                .detail(format!("The client needs the scope `{}`.", scope.as_str()))
                .challenge(Challenge::Scope(scope)),
            ClientError::TooMany(limited) => limited.into(),
            ClientError::Store(error) => error.into(),
        }
    }
}

impl From<IntrospectionError> for Problem {
    fn from(error: IntrospectionError) -> Self {
        match error {
            IntrospectionError::TokenInvalid => Self::token_invalid(),
            IntrospectionError::AnotherApp => Self::new(ProblemCode::AppMismatch),
            IntrospectionError::Stale(stale) => stale.into(),
            IntrospectionError::Store(error) => error.into(),
        }
    }
}

impl From<AdministrationError> for Problem {
    fn from(error: AdministrationError) -> Self {
        match error {
            AdministrationError::NotFound => Self::new(ProblemCode::NotFound),
            AdministrationError::Store(error) => error.into(),
        }
    }
}

impl From<PushError> for Problem {
    fn from(error: PushError) -> Self {
        match error {
            PushError::UnknownApp => Self::new(ProblemCode::NotFound),
            PushError::Refused => Self::new(ProblemCode::InvalidRequest),
            PushError::Store(error) => error.into(),
            PushError::Internal => Self::new(ProblemCode::InternalError),
        }
    }
}

impl From<RetryAfter> for Problem {
    fn from(RetryAfter(after): RetryAfter) -> Self {
        Self::new(ProblemCode::RateLimited).retry_after(after)
    }
}

impl From<Stale> for Problem {
    fn from(Stale: Stale) -> Self {
        Self::new(ProblemCode::StoreUnavailable)
            .detail("The revocation list is out of date, so tokens cannot be verified. Try again.")
            .retry_after(DATABASE_RETRY)
    }
}

impl From<NotReady> for Problem {
    fn from(reason: NotReady) -> Self {
        match reason {
            // The probe has logged which error it was.
            NotReady::Store(_) => {
                Self::new(ProblemCode::StoreUnavailable).retry_after(DATABASE_RETRY)
            }
            NotReady::Revocations(stale) => stale.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a request failed because of the database");
        Self::of_store(&error, None)
    }
}

impl Problem {
    /// The problem of a database failure that is already in the log, and what to do about it.
    fn of_store(error: &StoreError, advice: Option<&'static str>) -> Self {
        match error {
            StoreError::Unavailable(_) => {
                let problem = Self::new(ProblemCode::StoreUnavailable).retry_after(DATABASE_RETRY);
                advice.into_iter().fold(problem, Self::detail)
            }
            StoreError::Unexpected(_) => Self::new(ProblemCode::InternalError),
        }
    }

    /// The problem of a WeChat failure, and how to get a new code if it may have used up the client's.
    fn of_used_code(fault: WechatFault, advice: &'static str) -> Self {
        match fault {
            WechatFault::Misconfigured { .. } => fault.into(),
            WechatFault::NotAsked { .. } => Self::from(fault).detail(SAME_CODE_LATER),
            WechatFault::RateLimited { .. } | WechatFault::Unavailable { .. } => {
                Self::from(fault).detail(advice)
            }
        }
    }

    /// An access token is missing or not sent as a bearer token.
    pub(crate) fn token_missing() -> Self {
        Self::new(ProblemCode::TokenMissing).challenge(Challenge::Token).detail(
            "Send the access token as `Authorization: Bearer …`, without quotes. Refreshing it does \
             not help.",
        )
    }

    fn token_invalid() -> Self {
        Self::new(ProblemCode::TokenInvalid).challenge(Challenge::BadToken)
    }

    fn refresh_token_invalid() -> Self {
        Self::new(ProblemCode::RefreshTokenInvalid).detail("Call wx.login and sign in again.")
    }
}

#[cfg(test)]
mod tests {
    use wxlogin_domain::model::{Malformed, Scope, UnknownApp};
    use wxlogin_domain::ports::WechatReply;

    use super::*;

    fn away() -> StoreError {
        StoreError::Unavailable("s3cret".into())
    }

    fn odd() -> StoreError {
        StoreError::Unexpected("s3cret".into())
    }

    #[test]
    fn every_error_has_its_code() {
        let retry_after = Duration::from_secs(7);
        let reply = WechatReply::default();
        let limited = WechatFault::RateLimited { reply: reply.clone(), retry_after };
        let fix = "s3cret".into();
        let misconfigured = WechatFault::Misconfigured { reply: reply.clone(), fix };
        let unavailable = WechatFault::Unavailable { reply, what: "s3cret", retry_after };
        let signed_out = AuthenticationError::TokenInvalid;
        let cases: Vec<(Problem, &str)> = vec![
            (LogInError::UnknownApp(UnknownApp::Needed).into(), "invalid_request"),
            (LogInError::CodeMalformed.into(), "login_code_invalid"),
            (LogInError::CodeInvalid.into(), "login_code_invalid"),
            (LogInError::CodeUsed.into(), "login_code_used"),
            (LogInError::IdempotencyKeyReused.into(), "idempotency_key_reused"),
            (LogInError::BlockedByWechat.into(), "login_blocked_by_wechat"),
            (LogInError::SignUpClosed.into(), "sign_up_closed"),
            (LogInError::UserDisabled.into(), "user_disabled"),
            (LogInError::AccountErasing.into(), "account_erasing"),
            (LogInError::TooManyFailures { retry_after }.into(), "rate_limited"),
            (LogInError::Wechat(misconfigured.clone()).into(), "wechat_misconfigured"),
            (LogInError::Wechat(unavailable.clone()).into(), "wechat_unavailable"),
            (LogInError::Store(away()).into(), "store_unavailable"),
            (LogInError::NotAdmitted(away()).into(), "store_unavailable"),
            (LogInError::Store(odd()).into(), "internal_error"),
            (LogInError::Internal.into(), "internal_error"),
            (RefreshError::Invalid.into(), "refresh_token_invalid"),
            (RefreshError::Reused.into(), "refresh_token_reused"),
            (RefreshError::UserDisabled.into(), "user_disabled"),
            (RefreshError::Store(away()).into(), "store_unavailable"),
            (RefreshError::Internal.into(), "internal_error"),
            (LogOutError::RefreshTokenInvalid.into(), "refresh_token_invalid"),
            (LogOutError::AccessTokenInvalid.into(), "token_invalid"),
            (LogOutError::Store(odd()).into(), "internal_error"),
            (AuthenticationError::TokenInvalid.into(), "token_invalid"),
            (AuthenticationError::UserDisabled.into(), "user_disabled"),
            (AuthenticationError::ReauthenticationRequired.into(), "reauthentication_required"),
            (AuthenticationError::Store(away()).into(), "store_unavailable"),
            (AccountError::Authentication(signed_out.clone()).into(), "token_invalid"),
            (AccountError::Nickname(Malformed("rule")).into(), "invalid_request"),
            (AccountError::AvatarUrl(Malformed("rule")).into(), "invalid_request"),
            (PhoneError::Authentication(signed_out.clone()).into(), "token_invalid"),
            (PhoneError::CodeInvalid.into(), "phone_code_invalid"),
            (PhoneError::NoNumber.into(), "phone_unavailable"),
            (PhoneError::Taken.into(), "phone_taken"),
            (PhoneError::Wechat(limited).into(), "rate_limited"),
            (PhoneError::Wechat(misconfigured).into(), "wechat_misconfigured"),
            (PhoneError::Wechat(unavailable).into(), "wechat_unavailable"),
            (PhoneError::Store(away()).into(), "store_unavailable"),
            (PhoneError::Store(odd()).into(), "internal_error"),
            (PhoneError::Internal.into(), "internal_error"),
            (PhoneUnreadable.into(), "internal_error"),
            (SessionsError::Authentication(signed_out).into(), "token_invalid"),
            (SessionsError::NotFound.into(), "not_found"),
            (SessionsError::Store(away()).into(), "store_unavailable"),
            (AccountError::Store(odd()).into(), "internal_error"),
            (ClientError::Invalid.into(), "client_invalid"),
            (ClientError::InsufficientScope(Scope::Admin).into(), "insufficient_scope"),
            (ClientError::Store(away()).into(), "store_unavailable"),
            (IntrospectionError::TokenInvalid.into(), "token_invalid"),
            (IntrospectionError::AnotherApp.into(), "app_mismatch"),
            (IntrospectionError::Stale(Stale).into(), "store_unavailable"),
            (IntrospectionError::Store(odd()).into(), "internal_error"),
            (AdministrationError::NotFound.into(), "not_found"),
            (AdministrationError::Store(away()).into(), "store_unavailable"),
            (PushError::UnknownApp.into(), "not_found"),
            (PushError::Refused.into(), "invalid_request"),
            (PushError::Store(away()).into(), "store_unavailable"),
            (PushError::Internal.into(), "internal_error"),
            (Stale.into(), "store_unavailable"),
            (NotReady::Store(away()).into(), "store_unavailable"),
            (NotReady::Store(odd()).into(), "store_unavailable"),
            (NotReady::Revocations(Stale).into(), "store_unavailable"),
        ];
        for (problem, code) in cases {
            assert_eq!(problem.code.as_str(), code);
            let waits = matches!(problem.code.status().as_u16(), 429 | 503);
            assert_eq!(problem.retry_after.is_some(), waits, "{code}");
            let authenticates = problem.code.status().as_u16() == 401;
            assert_eq!(
                problem.challenge.is_some(),
                authenticates || code == "insufficient_scope",
                "{code}"
            );
            assert!(!problem.detail.unwrap_or_default().contains("s3cret"), "{code}");
        }
    }
}
