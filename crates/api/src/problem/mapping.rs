//! From what the use cases say to what the client reads.

use std::time::Duration;

use wxlogin_domain::ports::StoreError;
use wxlogin_domain::usecase::admin::api_clients::ClientError;
use wxlogin_domain::usecase::admin::users::AdministrationError;
use wxlogin_domain::usecase::profile::account::AccountError;
use wxlogin_domain::usecase::profile::phones::{PhoneError, PhoneUnreadable};
use wxlogin_domain::usecase::push::pushes::PushError;
use wxlogin_domain::usecase::sign_in::log_in::LogInError;
use wxlogin_domain::usecase::tokens::current_user::NotSignedIn;
use wxlogin_domain::usecase::tokens::introspection::IntrospectionError;
use wxlogin_domain::usecase::tokens::refresh::RefreshError;
use wxlogin_domain::usecase::tokens::revocations::Stale;
use wxlogin_domain::usecase::tokens::sessions::{EndSessionError, LogOutError};
use wxlogin_domain::usecase::wechat::session::WechatSessionError;

use super::{Challenge, Problem, ProblemCode};

/// How soon to come back when the database is away.
const DATABASE_RETRY: Duration = Duration::from_secs(5);

const NEW_CODE: &str = "Call wx.login again and send the new code.";
const NEW_CODE_LATER: &str = "Wait, then call wx.login again and send the new code.";
const NEW_PHONE_CODE_LATER: &str =
    "Wait, then let the person tap the phone-number button again and send the new code.";
const OPERATORS_LOG: &str = "The operator's log says what has to be mended.";

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
            LogInError::IdempotencyKeyReused => Self::new(ProblemCode::IdempotencyKeyReused)
                .detail(
                    "Make a new key for each login, and send it again only with the same login.",
                ),
            LogInError::BlockedByWechat => Self::new(ProblemCode::LoginBlockedByWechat),
            LogInError::SignUpClosed => Self::new(ProblemCode::SignUpClosed),
            LogInError::UserDisabled => Self::new(ProblemCode::UserDisabled),
            LogInError::AccountErasing => Self::new(ProblemCode::AccountErasing).detail(
                "Ask the person whether to keep the account, then call wx.login again and send \
                 the new code with `restore`.",
            ),
            LogInError::RateLimited { retry_after } => {
                Self::new(ProblemCode::RateLimited).detail(NEW_CODE_LATER).retry_after(retry_after)
            }
            LogInError::WechatMisconfigured => {
                Self::new(ProblemCode::WechatMisconfigured).detail(OPERATORS_LOG)
            }
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

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Invalid => Self::refresh_token_invalid(),
            RefreshError::Reused => Self::new(ProblemCode::RefreshTokenReused)
                .detail("The session has been ended, as the token may be stolen. Sign in again."),
            RefreshError::UserDisabled => Self::new(ProblemCode::UserDisabled),
            RefreshError::Store(error) => error.into(),
            RefreshError::Broken => Self::new(ProblemCode::InternalError),
        }
    }
}

impl From<LogOutError> for Problem {
    fn from(error: LogOutError) -> Self {
        match error {
            LogOutError::RefreshTokenInvalid => Self::refresh_token_invalid(),
            LogOutError::AccessTokenInvalid => Self::token_invalid(),
            LogOutError::Store(error) => error.into(),
        }
    }
}

impl From<NotSignedIn> for Problem {
    fn from(error: NotSignedIn) -> Self {
        match error {
            NotSignedIn::TokenInvalid => Self::token_invalid(),
            NotSignedIn::UserDisabled => Self::new(ProblemCode::UserDisabled),
            NotSignedIn::ReauthenticationRequired => {
                Self::new(ProblemCode::ReauthenticationRequired).detail(
                    "The last sign-in has to be less than five minutes ago. \
                     Call wx.login and sign in again, then repeat this with the new token.",
                )
            }
            NotSignedIn::Store(error) => error.into(),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::NotSignedIn(error) => error.into(),
            AccountError::Nickname(rule) => Self::malformed("nickname", rule),
            AccountError::AvatarUrl(rule) => Self::malformed("avatarUrl", rule),
        }
    }
}

impl From<PhoneError> for Problem {
    fn from(error: PhoneError) -> Self {
        match error {
            PhoneError::NotSignedIn(error) => error.into(),
            PhoneError::CodeInvalid => Self::new(ProblemCode::PhoneCodeInvalid).detail(
                "The code is older than five minutes, was used before, is somebody else's, or never \
                 was one. Let the person tap the phone-number button again and send the new code.",
            ),
            PhoneError::Taken => Self::new(ProblemCode::PhoneTaken)
                .detail("Whoever owns the number now can ask the operator to release it."),
            PhoneError::RateLimited { retry_after } => Self::new(ProblemCode::RateLimited)
                .detail(NEW_PHONE_CODE_LATER)
                .retry_after(retry_after),
            PhoneError::WechatMisconfigured => {
                Self::new(ProblemCode::WechatMisconfigured).detail(OPERATORS_LOG)
            }
            PhoneError::WechatUnavailable { retry_after } => {
                Self::new(ProblemCode::WechatUnavailable)
                    .detail(NEW_PHONE_CODE_LATER)
                    .retry_after(retry_after)
            }
            PhoneError::Store(StoreError::Unavailable(_)) => {
                Self::new(ProblemCode::StoreUnavailable)
                    .detail(NEW_PHONE_CODE_LATER)
                    .retry_after(DATABASE_RETRY)
            }
            PhoneError::Store(StoreError::Unexpected(_)) | PhoneError::Broken => {
                Self::new(ProblemCode::InternalError)
            }
        }
    }
}

impl From<PhoneUnreadable> for Problem {
    fn from(PhoneUnreadable: PhoneUnreadable) -> Self {
        Self::new(ProblemCode::InternalError)
    }
}

impl From<WechatSessionError> for Problem {
    fn from(error: WechatSessionError) -> Self {
        match error {
            WechatSessionError::NotSignedIn(error) => error.into(),
            WechatSessionError::NotBase64(rule) => {
                Self::new(ProblemCode::OpenDataInvalid).detail(format!("Not acceptable: {rule}."))
            }
            WechatSessionError::Invalid => Self::new(ProblemCode::OpenDataInvalid)
                .detail("Send what WeChat gave to the page, whole and unchanged."),
            WechatSessionError::SessionKeyStale => Self::new(ProblemCode::SessionKeyStale).detail(
                "Call wx.login and sign in again, then ask WeChat for the data anew and repeat this.",
            ),
            WechatSessionError::RateLimited { retry_after } => {
                Self::new(ProblemCode::RateLimited).retry_after(retry_after)
            }
            WechatSessionError::WechatMisconfigured => {
                Self::new(ProblemCode::WechatMisconfigured).detail(OPERATORS_LOG)
            }
            WechatSessionError::WechatUnavailable { retry_after } => {
                Self::new(ProblemCode::WechatUnavailable).retry_after(retry_after)
            }
        }
    }
}

impl From<EndSessionError> for Problem {
    fn from(error: EndSessionError) -> Self {
        match error {
            EndSessionError::NotSignedIn(error) => error.into(),
            EndSessionError::NotFound => Self::new(ProblemCode::NotFound),
        }
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Invalid => {
                Self::new(ProblemCode::ClientInvalid).challenge(Challenge::Client)
            }
            ClientError::InsufficientScope(scope) => Self::new(ProblemCode::InsufficientScope)
                .detail(format!("The client needs the scope `{}`.", scope.as_str()))
                .challenge(Challenge::Scope(scope)),
            ClientError::Store(error) => error.into(),
        }
    }
}

impl From<IntrospectionError> for Problem {
    fn from(error: IntrospectionError) -> Self {
        match error {
            IntrospectionError::TokenInvalid => Self::token_invalid(),
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
            PushError::Broken => Self::new(ProblemCode::InternalError),
        }
    }
}

impl From<Stale> for Problem {
    fn from(Stale: Stale) -> Self {
        Self::new(ProblemCode::StoreUnavailable)
            .detail("It is not known which tokens were revoked lately.")
            .retry_after(DATABASE_RETRY)
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
    /// An access token is needed and there is none.
    pub(crate) fn token_missing() -> Self {
        Self::new(ProblemCode::TokenInvalid).challenge(Challenge::Token)
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
        let signed_out = NotSignedIn::TokenInvalid;
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
            (LogInError::RateLimited { retry_after }.into(), "rate_limited"),
            (LogInError::WechatMisconfigured.into(), "wechat_misconfigured"),
            (LogInError::WechatUnavailable { retry_after }.into(), "wechat_unavailable"),
            (LogInError::Store(away()).into(), "store_unavailable"),
            (LogInError::Store(odd()).into(), "internal_error"),
            (LogInError::Broken.into(), "internal_error"),
            (RefreshError::Invalid.into(), "refresh_token_invalid"),
            (RefreshError::Reused.into(), "refresh_token_reused"),
            (RefreshError::UserDisabled.into(), "user_disabled"),
            (RefreshError::Store(away()).into(), "store_unavailable"),
            (RefreshError::Broken.into(), "internal_error"),
            (LogOutError::RefreshTokenInvalid.into(), "refresh_token_invalid"),
            (LogOutError::AccessTokenInvalid.into(), "token_invalid"),
            (LogOutError::Store(odd()).into(), "internal_error"),
            (NotSignedIn::TokenInvalid.into(), "token_invalid"),
            (NotSignedIn::UserDisabled.into(), "user_disabled"),
            (NotSignedIn::ReauthenticationRequired.into(), "reauthentication_required"),
            (NotSignedIn::Store(away()).into(), "store_unavailable"),
            (AccountError::NotSignedIn(signed_out.clone()).into(), "token_invalid"),
            (AccountError::Nickname(Malformed("rule")).into(), "invalid_request"),
            (AccountError::AvatarUrl(Malformed("rule")).into(), "invalid_request"),
            (PhoneError::NotSignedIn(signed_out.clone()).into(), "token_invalid"),
            (PhoneError::CodeInvalid.into(), "phone_code_invalid"),
            (PhoneError::Taken.into(), "phone_taken"),
            (PhoneError::RateLimited { retry_after }.into(), "rate_limited"),
            (PhoneError::WechatMisconfigured.into(), "wechat_misconfigured"),
            (PhoneError::WechatUnavailable { retry_after }.into(), "wechat_unavailable"),
            (PhoneError::Store(away()).into(), "store_unavailable"),
            (PhoneError::Store(odd()).into(), "internal_error"),
            (PhoneError::Broken.into(), "internal_error"),
            (PhoneUnreadable.into(), "internal_error"),
            (WechatSessionError::NotSignedIn(signed_out.clone()).into(), "token_invalid"),
            (WechatSessionError::NotBase64(Malformed("rule")).into(), "open_data_invalid"),
            (WechatSessionError::Invalid.into(), "open_data_invalid"),
            (WechatSessionError::SessionKeyStale.into(), "session_key_stale"),
            (WechatSessionError::RateLimited { retry_after }.into(), "rate_limited"),
            (WechatSessionError::WechatMisconfigured.into(), "wechat_misconfigured"),
            (WechatSessionError::WechatUnavailable { retry_after }.into(), "wechat_unavailable"),
            (EndSessionError::NotSignedIn(signed_out).into(), "token_invalid"),
            (EndSessionError::NotFound.into(), "not_found"),
            (ClientError::Invalid.into(), "client_invalid"),
            (ClientError::InsufficientScope(Scope::Admin).into(), "insufficient_scope"),
            (ClientError::Store(away()).into(), "store_unavailable"),
            (IntrospectionError::TokenInvalid.into(), "token_invalid"),
            (IntrospectionError::Stale(Stale).into(), "store_unavailable"),
            (IntrospectionError::Store(odd()).into(), "internal_error"),
            (AdministrationError::NotFound.into(), "not_found"),
            (AdministrationError::Store(away()).into(), "store_unavailable"),
            (PushError::UnknownApp.into(), "not_found"),
            (PushError::Refused.into(), "invalid_request"),
            (PushError::Store(away()).into(), "store_unavailable"),
            (PushError::Broken.into(), "internal_error"),
            (Stale.into(), "store_unavailable"),
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
