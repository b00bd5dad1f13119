//! How callers say who they are. Here that is only read; whether it holds is the use cases' to say.

mod client;

use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

pub(crate) use self::client::ClientScheme;

/// The `accessToken` that `POST /v1/login` answered, sent as `Authorization: Bearer …` (RFC 6750).
#[derive(SecurityScheme)]
#[oai(rename = "accessToken", ty = "bearer", bearer_format = "JWT")]
pub(crate) struct AccessTokenScheme(pub(crate) Bearer);

/// An access token where there can be none.
#[derive(SecurityScheme)]
pub(crate) enum OptionalAccessTokenScheme {
    Token(AccessTokenScheme),
    #[oai(fallback)]
    None,
}

impl OptionalAccessTokenScheme {
    pub(crate) fn token(&self) -> Option<&str> {
        match self {
            Self::Token(scheme) => Some(&scheme.0.token),
            Self::None => None,
        }
    }
}
