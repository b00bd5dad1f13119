mod exchange;
mod fault;
mod reply;
mod token_use;

use async_trait::async_trait;

pub use self::exchange::{CodeExchange, ExchangeError};
pub use self::fault::WechatFault;
pub use self::reply::WechatReply;
pub use self::token_use::{
    CallError, FetchedAccessToken, PhoneNumberError, ResetSessionKeyError, TokenUseError,
};
use crate::model::{
    AppId, EncryptedDataHash, LoginCode, OpenId, PhoneCode, PhoneNumber, SessionKey,
    WechatAccessToken,
};

/// WeChat's server API.
///
/// - One call of `exchange_code` or `phone_number` sends its code to WeChat at most once: it never
///   retries, not with another host and not with the second secret.
/// - If an app has two secrets, a request for an access token finds the right one.
/// - A call ends within the configured time. While WeChat does not respond, calls fail at once without
///   sending anything, except for an occasional probe.
/// - No error contains a code, secret, session key, access token, phone number or openid.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait WechatGateway: Send + Sync {
    /// Exchanges a login code for the user's ids and session key (`code2Session`). Needs no access token.
    async fn exchange_code(
        &self,
        app_id: &AppId,
        code: &LoginCode,
    ) -> Result<CodeExchange, ExchangeError>;

    /// Requests the app's access token (`getStableAccessToken`). WeChat returns the same token to every
    /// caller until it is about to expire. With `force`, WeChat issues a new token and invalidates the
    /// old one at once. It allows that 20 times a day with 30 seconds in between, and otherwise returns
    /// the old one.
    async fn access_token(
        &self,
        app_id: &AppId,
        force: bool,
    ) -> Result<FetchedAccessToken, WechatFault>;

    /// Exchanges a phone code for the phone number (`getPhoneNumber`). WeChat rejects another user's
    /// code. Each success costs the operator money.
    async fn phone_number(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        code: &PhoneCode,
        open_id: &OpenId,
    ) -> Result<PhoneNumber, PhoneNumberError>;

    /// Whether this is the user's current session key (`checkSessionKey`).
    async fn check_session_key(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        open_id: &OpenId,
        session_key: &SessionKey,
    ) -> Result<bool, CallError>;

    /// Replaces the user's current session key and returns the new one (`ResetUserSessionKey`). The new
    /// key expires when the old one would have.
    async fn reset_session_key(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        open_id: &OpenId,
        session_key: &SessionKey,
    ) -> Result<SessionKey, ResetSessionKeyError>;

    /// Whether WeChat encrypted this data within the last 3 days (`checkEncryptedData`). WeChat knows only
    /// encrypted phone numbers.
    async fn check_encrypted_data(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        hash: &EncryptedDataHash,
    ) -> Result<bool, CallError>;
}
