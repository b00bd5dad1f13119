//! What a login takes, gives and fails with.

use std::fmt;
use std::time::Duration;

use crate::model::{Malformed, Session, UnknownApp, User};
use crate::ports::{CryptoFault, StoreError, WechatFault};
use crate::usecase::profile::phone::binding::{PhoneCodeClaim, PhoneError};
use crate::usecase::tokens::access_tokens::IssuedToken;
use crate::usecase::tokens::refresh_tokens::IssuedRefreshToken;

/// A login request as the client sent it; nothing in it has been checked.
#[derive(Debug, Default)]
pub struct LogInRequest {
    /// The app. Optional when only one is configured.
    pub app_id: Option<String>,
    /// The code of `wx.login`.
    pub code: LoginCodeClaim,
    /// The nickname; ignored if invalid.
    pub nickname: Option<String>,
    /// The avatar's URL; ignored if invalid.
    pub avatar_url: Option<String>,
    /// A code of the phone-number button, whose number is bound to the user.
    pub phone_code: Option<PhoneCodeClaim>,
    /// The device's name; ignored if invalid.
    pub device: Option<String>,
    /// Whether to restore an account that is scheduled for deletion.
    pub restore: bool,
    /// Lets the client repeat this login when the answer was lost.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// A login code as the client sent it. It may be a real code, so `Debug` does not print it.
#[derive(Default)]
pub struct LoginCodeClaim(pub String);

impl fmt::Debug for LoginCodeClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginCodeClaim(…)")
    }
}

/// A client's random key for one login, by which a repetition is recognised (`Idempotency-Key`, see
/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>). Together with
/// the code it gives access to the session, so `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub(super) String);

impl IdempotencyKey {
    /// Checks a key: 22 characters are what 128 random bits need in base64. The quotes that the
    /// draft requires around it are optional.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let is_valid = (22..=128).contains(&inner.len())
            && inner.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
        if is_valid {
            Ok(Self(inner.to_owned()))
        } else {
            Err(Malformed("an idempotency key is 22 to 128 visible random characters"))
        }
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(…)")
    }
}

/// A successful login.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// The user.
    pub user: User,
    /// Whether this login created the user.
    pub is_new: bool,
    /// The new session.
    pub session: Session,
    /// The access token, of the requested kind.
    pub token: IssuedToken,
    /// The refresh token.
    pub refresh: IssuedRefreshToken,
    /// Why the phone number was not bound, if the request had a phone code.
    pub phone_problem: Option<PhoneError>,
}

/// Why a login failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogInError {
    /// The request names no configured app.
    #[error(transparent)]
    UnknownApp(#[from] UnknownApp),
    /// The code does not look like a login code; WeChat was not asked.
    #[error("the login code is malformed")]
    CodeMalformed,
    /// WeChat does not know the code. The client needs a new one.
    #[error("the login code is invalid or expired")]
    CodeInvalid,
    /// The code was used before. The client needs a new one.
    #[error("the login code has already been used")]
    CodeUsed,
    /// The idempotency key was used with another request.
    #[error("the idempotency key was used with another request")]
    IdempotencyKeyReused,
    /// WeChat's risk control blocks the user.
    #[error("WeChat blocks the login")]
    BlockedByWechat,
    /// The user is new and sign-up is closed.
    #[error("sign-up is closed")]
    SignUpClosed,
    /// The user is banned.
    #[error("the user is banned")]
    UserDisabled,
    /// The account is scheduled for deletion, and the request does not restore it.
    #[error("the account is scheduled for deletion")]
    AccountErasing,
    /// The client's address has too many failed logins, or too many running ones.
    #[error("too many failed logins")]
    TooManyFailures {
        /// When to retry.
        retry_after: Duration,
    },
    /// WeChat did not exchange the code. The client needs a new code, because this one may be used.
    #[error(transparent)]
    Wechat(#[from] WechatFault),
    /// The database failed. The client needs a new code, because this one is used.
    #[error("cannot store the login")]
    Store(#[from] StoreError),
    /// The database takes no logins now. WeChat was not asked, so the code remains usable.
    #[error("the database takes no logins: {0}")]
    NotAdmitted(#[source] StoreError),
    /// A bug in wxlogin.
    #[error("internal error")]
    Internal,
}

impl From<CryptoFault> for LogInError {
    fn from(fault: CryptoFault) -> Self {
        tracing::error!(%fault, "cannot encrypt or sign for a login");
        Self::Internal
    }
}
