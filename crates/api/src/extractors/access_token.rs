use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

/// The `accessToken` from `POST /v1/login`, sent as `Authorization: Bearer …` (RFC 6750).
// Only parsed here. The use cases check whether it is valid.
#[derive(SecurityScheme)]
#[oai(rename = "accessToken", ty = "bearer", bearer_format = "JWT")]
pub(crate) struct AccessTokenScheme(pub(crate) Bearer);

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
