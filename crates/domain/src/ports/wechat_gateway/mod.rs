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
/// - One call of `exchange_code` or `phone_number` sends its code to WeChat at most once: no
///   repetition, no second host, no second secret, whatever goes wrong.
/// - Which of an app's two secrets is right is found by asking for an access token.
/// - A call ends within the configured time. While WeChat does not answer, calls end at once and
///   nothing is sent, but for one call now and then that finds out.
/// - No error contains a code, a secret, a session key, an access token, a phone number or an openid.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait WechatGateway: Send + Sync {
    /// Asks WeChat whom the code stands for (`code2Session`). Needs no access token.
    async fn exchange_code(
        &self,
        app_id: &AppId,
        code: &LoginCode,
    ) -> Result<CodeExchange, ExchangeError>;

    /// Asks for the app's access token (`getStableAccessToken`). WeChat names the same one to
    /// everybody who asks, until it is about to expire. `force` makes it a new one and ends the old
    /// one at once; WeChat allows that 20 times a day, 30 seconds apart, and names the old one
    /// otherwise.
    async fn access_token(
        &self,
        app_id: &AppId,
        force: bool,
    ) -> Result<FetchedAccessToken, WechatFault>;

    /// Asks for the phone number that a code stands for (`getPhoneNumber`). A code that is not this
    /// person's is refused. Each success costs the operator money.
    async fn phone_number(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        code: &PhoneCode,
        open_id: &OpenId,
    ) -> Result<PhoneNumber, PhoneNumberError>;

    /// Whether this is the person's valid session key (`checkSessionKey`).
    async fn check_session_key(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        open_id: &OpenId,
        session_key: &SessionKey,
    ) -> Result<bool, CallError>;

    /// Replaces the person's valid session key and names the new one (`ResetUserSessionKey`). The
    /// old one is dead then, and the new one lives no longer than it would have.
    async fn reset_session_key(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        open_id: &OpenId,
        session_key: &SessionKey,
    ) -> Result<SessionKey, ResetSessionKeyError>;

    /// Whether WeChat made this encrypted data within the last three days (`checkEncryptedData`). It
    /// knows of encrypted phone numbers only.
    async fn check_encrypted_data(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        hash: &EncryptedDataHash,
    ) -> Result<bool, CallError>;
}
