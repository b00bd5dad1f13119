//! Maps the errors of WeChat's services to problems.

use std::time::Duration;

use wxlogin_domain::ports::WechatFault;
use wxlogin_domain::usecase::profile::phone::binding::PhoneError;
use wxlogin_domain::usecase::profile::phone::encrypted::EncryptedPhoneError;
use wxlogin_domain::usecase::wechat::access_tokens::ForceRefreshError;
use wxlogin_domain::usecase::wechat::open_data::OpenDataError;
use wxlogin_domain::usecase::wechat::session::WechatSessionError;
use wxlogin_domain::usecase::wechat::session_key_reset::ResetError;

use super::{Problem, ProblemCode};

/// The interval WeChat requires between forced refreshes.
const FORCED_INTERVAL: Duration = Duration::from_secs(30);

impl From<WechatFault> for Problem {
    fn from(fault: WechatFault) -> Self {
        match fault {
            WechatFault::RateLimited { reply: _, retry_after } => {
                Self::new(ProblemCode::RateLimited).retry_after(retry_after)
            }
            WechatFault::Misconfigured { reply: _, fix: _ } => {
                Self::new(ProblemCode::WechatMisconfigured)
                    .detail("The operator must fix the configuration; see the server log.")
            }
            WechatFault::Unavailable { reply: _, what: _, retry_after }
            | WechatFault::NotAsked { what: _, retry_after } => {
                Self::new(ProblemCode::WechatUnavailable).retry_after(retry_after)
            }
        }
    }
}

impl From<ForceRefreshError> for Problem {
    fn from(error: ForceRefreshError) -> Self {
        match error {
            ForceRefreshError::TooSoon { retry_after } => Self::new(ProblemCode::RateLimited)
                .detail("WeChat allows one forced refresh every 30 seconds.")
                .retry_after(retry_after),
            ForceRefreshError::UsedUp { retry_after } => Self::new(ProblemCode::RateLimited)
                .detail("WeChat allows 20 forced refreshes a day.")
                .retry_after(retry_after),
            ForceRefreshError::Ignored => Self::new(ProblemCode::RateLimited)
                .detail(
                    "WeChat did not refresh the token, because somebody else did less than 30 seconds \
                     ago, or 20 times today.",
                )
                .retry_after(FORCED_INTERVAL),
            ForceRefreshError::Wechat(fault) => fault.into(),
        }
    }
}

impl From<ResetError> for Problem {
    fn from(error: ResetError) -> Self {
        match error {
            ResetError::NotFound => Self::new(ProblemCode::NotFound),
            ResetError::SessionKeyStale => Self::new(ProblemCode::SessionKeyStale)
                .detail("WeChat has another session key. It arrives with the user's next sign-in."),
            ResetError::Wechat(fault) => fault.into(),
            ResetError::Store(error) => error.into(),
            ResetError::Internal => Self::new(ProblemCode::InternalError),
        }
    }
}

impl From<EncryptedPhoneError> for Problem {
    fn from(error: EncryptedPhoneError) -> Self {
        match error {
            EncryptedPhoneError::Disabled => Self::invalid(
                "Encrypted phone numbers are disabled for this app. Send the `code` of the \
                 phone-number button to `POST /v1/me/phone`.",
            ),
            EncryptedPhoneError::Authentication(error) => error.into(),
            EncryptedPhoneError::OpenData(error) => error.into(),
            EncryptedPhoneError::TooMany(limited) => limited.into(),
            EncryptedPhoneError::Taken => PhoneError::Taken.into(),
            EncryptedPhoneError::Wechat(fault) => fault.into(),
            EncryptedPhoneError::Store(error) => error.into(),
            EncryptedPhoneError::Internal => Self::new(ProblemCode::InternalError),
        }
    }
}

impl From<WechatSessionError> for Problem {
    fn from(error: WechatSessionError) -> Self {
        match error {
            WechatSessionError::Authentication(error) => error.into(),
            WechatSessionError::OpenData(error) => error.into(),
            WechatSessionError::TooMany(limited) => limited.into(),
            WechatSessionError::Wechat(fault) => fault.into(),
            WechatSessionError::Store(error) => error.into(),
        }
    }
}

impl From<OpenDataError> for Problem {
    fn from(error: OpenDataError) -> Self {
        match error {
            OpenDataError::NotBase64(rule) => Self::new(ProblemCode::OpenDataInvalid)
                .detail(format!("The request is invalid: {rule}.")),
            OpenDataError::Invalid => Self::new(ProblemCode::OpenDataInvalid)
                .detail("Send what WeChat gave to the page, complete and unchanged."),
            OpenDataError::IvMismatch => Self::new(ProblemCode::OpenDataInvalid).detail(
                "`encryptedData` and `iv` are from different calls. Send both from the same answer \
                 of WeChat.",
            ),
            OpenDataError::SessionKeyStale => Self::new(ProblemCode::SessionKeyStale).detail(
                "The data was not encrypted or signed with this user's current session key. Call \
                 wx.login and sign in again, then ask WeChat for the data again.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use wxlogin_domain::model::Malformed;
    use wxlogin_domain::ports::WechatReply;

    use super::*;

    #[test]
    fn every_error_has_its_code_and_reveals_nothing() {
        let (reply, retry_after) = (WechatReply::default(), Duration::from_secs(7));
        let limited = WechatFault::RateLimited { reply: reply.clone(), retry_after };
        let fix = WechatFault::Misconfigured { reply: reply.clone(), fix: "s3cret".into() };
        let away = WechatFault::Unavailable { reply, what: "s3cret", retry_after };
        for (problem, code, wait) in [
            (Problem::from(limited), "rate_limited", Some(7)),
            (fix.clone().into(), "wechat_misconfigured", None),
            (away.into(), "wechat_unavailable", Some(7)),
            (ForceRefreshError::TooSoon { retry_after }.into(), "rate_limited", Some(7)),
            (ForceRefreshError::UsedUp { retry_after }.into(), "rate_limited", Some(7)),
            (ForceRefreshError::Ignored.into(), "rate_limited", Some(30)),
            (ForceRefreshError::Wechat(fix.clone()).into(), "wechat_misconfigured", None),
            (WechatSessionError::Wechat(fix.clone()).into(), "wechat_misconfigured", None),
            (OpenDataError::NotBase64(Malformed("rule")).into(), "open_data_invalid", None),
            (OpenDataError::Invalid.into(), "open_data_invalid", None),
            (OpenDataError::SessionKeyStale.into(), "session_key_stale", None),
            (ResetError::NotFound.into(), "not_found", None),
            (ResetError::SessionKeyStale.into(), "session_key_stale", None),
            (ResetError::Wechat(fix).into(), "wechat_misconfigured", None),
            (ResetError::Internal.into(), "internal_error", None),
            (EncryptedPhoneError::Disabled.into(), "invalid_request", None),
            (EncryptedPhoneError::Taken.into(), "phone_taken", None),
            (EncryptedPhoneError::Internal.into(), "internal_error", None),
        ] {
            assert_eq!(problem.code.as_str(), code);
            assert_eq!(problem.retry_after.map(|after| after.as_secs()), wait, "{code}");
            assert!(!problem.detail.unwrap_or_default().contains("s3cret"), "{code}");
        }
    }
}
