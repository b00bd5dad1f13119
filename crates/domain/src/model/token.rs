use super::secret::secret_text;
use super::{AppId, SessionId, Timestamp, UserId, UserType};

secret_text! {
    /// A signed access token. It lets its holder act as the user.
    AccessToken
}

impl AccessToken {
    /// Maximum length of a token that is verified, in bytes; ours have about 600.
    pub const MAX_LEN: usize = 4096;

    /// Wraps a token that wxlogin signed.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }
}

/// What an access token says. Times are whole seconds in the token (RFC 7519, `NumericDate`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// `iss`: this service's public URL.
    pub issuer: String,
    /// `sub`: the user.
    pub user_id: UserId,
    /// `aud`: whom the token is for.
    pub audience: String,
    /// `iat`: when it was signed.
    pub issued_at: Timestamp,
    /// `nbf`: from when on it holds.
    pub not_before: Timestamp,
    /// `exp`: until when it holds.
    pub expires_at: Timestamp,
    /// `auth_time`: when the person signed in with WeChat.
    pub auth_time: Timestamp,
    /// `jti`: the token's own id.
    pub token_id: uuid::Uuid,
    /// `sid`: the session it belongs to.
    pub session_id: SessionId,
    /// `app_id`: the app the person signed in through.
    pub app_id: AppId,
    /// `user_type`: the operator's classification when it was signed.
    pub user_type: UserType,
}
