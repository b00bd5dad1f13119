use std::collections::BTreeSet;
use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{AppId, Malformed, Timestamp, is_wechat_word};

/// The name a back end authenticates by (OAuth's `client_id`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// Longest id, in bytes.
    pub const MAX_LEN: usize = 64;

    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if is_wechat_word(text, Self::MAX_LEN) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("a client id is 1 to 64 letters, digits, `_` or `-`"))
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// SHA-256 of a client's secret. The secret is random and long, so nothing slower is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientSecretHash(pub [u8; 32]);

impl ClientSecretHash {
    /// The hash of a secret.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Whether this is the hash of `secret`, in constant time.
    #[must_use]
    pub fn matches(&self, secret: &str) -> bool {
        self.0.ct_eq(&Self::of(secret).0).into()
    }
}

impl fmt::Debug for ClientSecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecretHash(…)")
    }
}

/// What an API client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Ask whether a token holds (RFC 7662), and revoke one (RFC 7009).
    Introspect,
    /// See openid and unionid in an introspection.
    OpenId,
    /// Read users and change their status and type.
    Admin,
    /// See phone numbers whole where an operator sees them masked.
    Phone,
    /// Be given WeChat's access token of an app, which can do whatever WeChat lets the app do.
    WechatAccessToken,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] =
        [Self::Introspect, Self::OpenId, Self::Admin, Self::Phone, Self::WechatAccessToken];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Introspect => "introspect",
            Self::OpenId => "openid",
            Self::Admin => "admin",
            Self::Phone => "phone",
            Self::WechatAccessToken => "wechat-access-token",
        }
    }

    /// The scope a word means.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(Malformed(
            "a scope is `introspect`, `openid`, `admin`, `phone` or `wechat-access-token`",
        ))
    }
}

/// A back end that calls wxlogin in its own name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiClient {
    /// Its id.
    pub id: ClientId,
    /// What its secret hashes to.
    pub secret: ClientSecretHash,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// For which apps; none named means for every app.
    pub apps: BTreeSet<AppId>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ApiClient {
    /// Whether it may do this.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Whether it may do so for this app.
    #[must_use]
    pub fn may_for(&self, app_id: &AppId) -> bool {
        self.apps.is_empty() || self.apps.contains(app_id)
    }
}
