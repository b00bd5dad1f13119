//! What calls of WeChat in a back end's or operator's name come to.

use std::time::Duration;

use wxlogin_domain::ports::WechatFault;
use wxlogin_domain::usecase::profile::encrypted_phones::EncryptedPhoneError;
use wxlogin_domain::usecase::profile::phones::PhoneError;
use wxlogin_domain::usecase::wechat::access_tokens::ForceRefreshError;
use wxlogin_domain::usecase::wechat::session_key_reset::ResetError;

use super::{Problem, ProblemCode};

/// How far apart WeChat wants forced renewals.
const FORCED_APART: Duration = Duration::from_secs(30);

impl From<WechatFault> for Problem {
    fn from(fault: WechatFault) -> Self {
        match fault {
            WechatFault::RateLimited { reply: _, retry_after } => {
                Self::new(ProblemCode::RateLimited).retry_after(retry_after)
            }
            WechatFault::Misconfigured { reply: _, mend: _ } => {
                Self::new(ProblemCode::WechatMisconfigured)
                    .detail("The operator's log says what has to be mended.")
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
                .detail("WeChat renews a token by force every 30 seconds at most.")
                .retry_after(retry_after),
            ForceRefreshError::UsedUp { retry_after } => Self::new(ProblemCode::RateLimited)
                .detail("WeChat renews a token by force 20 times a day at most.")
                .retry_after(retry_after),
            ForceRefreshError::Ignored => Self::new(ProblemCode::RateLimited)
                .detail(
                    "WeChat kept the token: somebody else had it renewed less than 30 seconds ago, \
                     or 20 times today.",
                )
                .retry_after(FORCED_APART),
            ForceRefreshError::Fault(fault) => fault.into(),
        }
    }
}

impl From<ResetError> for Problem {
    fn from(error: ResetError) -> Self {
        match error {
            ResetError::NotFound => Self::new(ProblemCode::NotFound),
            ResetError::SessionKeyStale => Self::new(ProblemCode::SessionKeyStale)
                .detail("WeChat has another key by now. The person's next sign-in brings it here."),
            ResetError::Fault(fault) => fault.into(),
            ResetError::Store(error) => error.into(),
            ResetError::Broken => Self::new(ProblemCode::InternalError),
        }
    }
}

impl From<EncryptedPhoneError> for Problem {
    fn from(error: EncryptedPhoneError) -> Self {
        match error {
            EncryptedPhoneError::Off => Self::invalid(
                "Encrypted phone numbers are not taken for this app. Send the `code` of the \
                 phone-number button to `POST /v1/me/phone`.",
            ),
            EncryptedPhoneError::Session(error) => error.into(),
            EncryptedPhoneError::Taken => PhoneError::Taken.into(),
            EncryptedPhoneError::Broken => Self::new(ProblemCode::InternalError),
        }
    }
}

#[cfg(test)]
mod tests {
    use wxlogin_domain::ports::WechatReply;

    use super::*;

    #[test]
    fn every_fault_has_its_code_and_tells_no_internals() {
        let (reply, retry_after) = (WechatReply::default(), Duration::from_secs(7));
        let limited = WechatFault::RateLimited { reply: reply.clone(), retry_after };
        let mend = WechatFault::Misconfigured { reply: reply.clone(), mend: "s3cret".into() };
        let away = WechatFault::Unavailable { reply, what: "s3cret", retry_after };
        for (problem, code, wait) in [
            (Problem::from(limited), "rate_limited", Some(7)),
            (mend.clone().into(), "wechat_misconfigured", None),
            (away.into(), "wechat_unavailable", Some(7)),
            (ForceRefreshError::TooSoon { retry_after }.into(), "rate_limited", Some(7)),
            (ForceRefreshError::UsedUp { retry_after }.into(), "rate_limited", Some(7)),
            (ForceRefreshError::Ignored.into(), "rate_limited", Some(30)),
            (ForceRefreshError::Fault(mend.clone()).into(), "wechat_misconfigured", None),
            (ResetError::NotFound.into(), "not_found", None),
            (ResetError::SessionKeyStale.into(), "session_key_stale", None),
            (ResetError::Fault(mend).into(), "wechat_misconfigured", None),
            (ResetError::Broken.into(), "internal_error", None),
            (EncryptedPhoneError::Off.into(), "invalid_request", None),
            (EncryptedPhoneError::Taken.into(), "phone_taken", None),
            (EncryptedPhoneError::Broken.into(), "internal_error", None),
        ] {
            assert_eq!(problem.code.as_str(), code);
            assert_eq!(problem.retry_after.map(|after| after.as_secs()), wait, "{code}");
            assert!(!problem.detail.unwrap_or_default().contains("s3cret"), "{code}");
        }
    }
}
