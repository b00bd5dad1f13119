use wxlogin_domain::model::Scope;

/// How the client is told to authenticate (RFC 9110 section 11.6.1). The error of a bearer token is
/// only named to whoever has sent one (RFC 6750 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// A person's access token is needed.
    Token,
    /// The access token does not hold.
    BadToken,
    /// A client's secret is needed, or was not the right one.
    Client,
    /// The client's API key is not one.
    BadApiKey,
    /// The client may not do this.
    Scope(Scope),
}

const BASIC: &str = r#"Basic realm="wxlogin", charset="UTF-8""#;
// A bearer challenge has a parameter at least (RFC 6750 section 3).
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
