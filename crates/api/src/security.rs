use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

/// The `accessToken` that `POST /v1/login` answered, sent as `Authorization: Bearer …` (RFC 6750).
#[derive(SecurityScheme)]
#[oai(rename = "accessToken", ty = "bearer", bearer_format = "JWT")]
pub(crate) struct AccessTokenScheme(pub(crate) Bearer);
