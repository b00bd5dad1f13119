use wxlogin_domain::model::Scope;

/// How the client should authenticate (RFC 9110 section 11.6.1). Only a client that has sent a
/// bearer token gets the error of one (RFC 6750 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// An access token is missing.
    Token,
    /// The access token is invalid or expired.
    BadToken,
    /// The API client's credentials are missing or wrong.
    Client,
    /// The API client's key is wrong.
    BadApiKey,
    /// The API client lacks this scope.
    Scope(Scope),
}

const BASIC: &str = r#"Basic realm="wxlogin", charset="UTF-8""#;
// A bearer challenge has at least one parameter (RFC 6750 section 3).
const BEARER: &str = r#"Bearer realm="wxlogin""#;
const BAD_BEARER: &str = r#"Bearer error="invalid_token""#;

impl Challenge {
    /// The values of `WWW-Authenticate`.
    pub(super) const fn values(self) -> &'static [&'static str] {
        match self {
            Self::Token => &[BEARER],
            Self::BadToken => &[BAD_BEARER],
            Self::Client => &[BASIC, BEARER],
            Self::BadApiKey => &[BASIC, BAD_BEARER],
            Self::Scope(Scope::Introspect) => {
                &[r#"Bearer error="insufficient_scope", scope="introspect""#]
            }
            Self::Scope(Scope::OpenId) => &[r#"Bearer error="insufficient_scope", scope="openid""#],
            Self::Scope(Scope::Admin) => &[r#"Bearer error="insufficient_scope", scope="admin""#],
            Self::Scope(Scope::WechatAccessToken) => {
                &[r#"Bearer error="insufficient_scope", scope="wechat-access-token""#]
            }
            Self::Scope(Scope::Phone) => &[r#"Bearer error="insufficient_scope", scope="phone""#],
        }
    }
}
