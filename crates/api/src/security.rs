use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

/// An access token of this service, as `Authorization: Bearer …` (RFC 6750). Only its form is
/// looked at here; whether it holds is the use case's to say.
#[derive(SecurityScheme)]
#[oai(rename = "accessToken", ty = "bearer", bearer_format = "JWT")]
pub(crate) struct AccessTokenScheme(pub(crate) Bearer);
