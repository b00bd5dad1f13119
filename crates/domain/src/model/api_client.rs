use std::collections::BTreeSet;
use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::secret::opaque_debug;
use super::word::word;
use super::{AppId, Malformed, Timestamp};

/// The id by which a back end authenticates (OAuth's `client_id`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

word!(ClientId, 64, "a client id");

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The SHA-256 hash of a client's secret. The secret is long and random, so a slow hash is not needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientSecretHash(pub [u8; 32]);

impl ClientSecretHash {
    /// Hashes a secret.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Whether this is the hash of `secret`. The comparison takes constant time.
    #[must_use]
    pub fn matches(&self, secret: &str) -> bool {
        self.0.ct_eq(&Self::of(secret).0).into()
    }
}

opaque_debug!(ClientSecretHash);

/// A permission of an API client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Introspect tokens (RFC 7662) and revoke them (RFC 7009).
    Introspect,
    /// See openid and unionid in an introspection response.
    OpenId,
    /// Read users and change their status and type.
    Admin,
    /// See full phone numbers instead of masked ones.
    Phone,
    /// Get the access token of an app for WeChat's server API, which acts for the app.
    WechatAccessToken,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] =
        [Self::Introspect, Self::OpenId, Self::Admin, Self::Phone, Self::WechatAccessToken];

    /// Returns the scope's name.
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

    /// Returns the scope with this name.
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
    /// The hash of its secret.
    pub secret: ClientSecretHash,
    /// Its permissions.
    pub scopes: BTreeSet<Scope>,
    /// The apps it may act for; empty means every app.
    pub apps: BTreeSet<AppId>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// The apps whose data a caller may see and change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VisibleApps {
    /// Every app.
    All,
    /// These apps.
    Only(BTreeSet<AppId>),
}

impl VisibleApps {
    /// Whether the app is one of them.
    #[must_use]
    pub fn include(&self, app_id: &AppId) -> bool {
        match self {
            Self::All => true,
            Self::Only(apps) => apps.contains(app_id),
        }
    }
}

impl ApiClient {
    /// The apps that it may act for.
    #[must_use]
    pub fn visible_apps(&self) -> VisibleApps {
        if self.apps.is_empty() { VisibleApps::All } else { VisibleApps::Only(self.apps.clone()) }
    }

    /// Whether it has this scope.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Whether it may act for this app.
    #[must_use]
    pub fn may_for(&self, app_id: &AppId) -> bool {
        self.apps.is_empty() || self.apps.contains(app_id)
    }
}
