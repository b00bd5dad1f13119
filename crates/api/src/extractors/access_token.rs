use std::future::{Ready, ready};

use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

/// The `accessToken` from `POST /v1/login`, sent as `Authorization: Bearer …` (RFC 6750).
// Only parsed here. The use cases check whether it is valid.
#[derive(SecurityScheme)]
#[oai(rename = "accessToken", ty = "bearer", bearer_format = "JWT", checker = "well_formed")]
pub(crate) struct AccessTokenScheme(pub(crate) Bearer);

/// Refuses what cannot be a token (RFC 6750 section 2.1), such as one in quotes: unlike for an expired
/// token, refreshing would not help.
fn well_formed(_: &Request, bearer: Bearer) -> Ready<Option<Bearer>> {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    let is_token = !bearer.token.is_empty() && bearer.token.bytes().all(is_allowed);
    ready(is_token.then_some(bearer))
}

/// An access token that the request may omit.
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
