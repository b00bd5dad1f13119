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

/// The claims of an access token. In the token, times are whole seconds (RFC 7519, `NumericDate`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// `iss`: this service's public URL.
    pub issuer: String,
    /// `sub`: the user.
    pub user_id: UserId,
    /// `aud`: the intended audience.
    pub audience: String,
    /// `iat`: when the token was signed.
    pub issued_at: Timestamp,
    /// `nbf`: when the token becomes valid.
    pub not_before: Timestamp,
    /// `exp`: when the token expires.
    pub expires_at: Timestamp,
    /// `auth_time`: when the user signed in.
    pub auth_time: Timestamp,
    /// `jti`: the id of the token.
    pub token_id: uuid::Uuid,
    /// `sid`: the session it belongs to.
    pub session_id: SessionId,
    /// `app_id`: the app the user signed in through.
    pub app_id: AppId,
    /// `user_type`: the type of the user when the token was signed.
    pub user_type: UserType,
}
