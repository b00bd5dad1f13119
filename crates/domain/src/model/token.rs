use std::fmt;

use zeroize::Zeroize;

use super::{AppId, SessionId, Timestamp, UserId, UserType};

/// A signed access token. Whoever holds it is the user, so it does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(String);

impl AccessToken {
    /// Longest token that is looked at, in bytes; ours have some 600.
    pub const MAX_LEN: usize = 4096;

    /// Wraps a token that was signed here.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The token itself, for the answer to its owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

impl Drop for AccessToken {
    fn drop(&mut self) {
        self.0.zeroize();
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
