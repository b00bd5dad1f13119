use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use poem::{FromRequest, Request, RequestBody};
use poem_openapi::auth::{Basic, Bearer};
use poem_openapi::registry::Registry;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, SecurityScheme};
use wxlogin_domain::model::{ApiClient, Scope, Secret};
use wxlogin_domain::usecase::admin::api_clients::{ApiClients, ClientError, Credentials};

use super::ClientIp;
use crate::problem::{Challenge, Problem, ProblemCode};

/// An API client's id and secret, as printed by `wxlogin clients create`, in HTTP Basic
/// authentication (RFC 6749 section 2.3.1).
#[derive(SecurityScheme)]
#[oai(rename = "apiClient", ty = "basic")]
struct BasicScheme(Basic);

/// An API client's id and secret joined by a dot, sent as `Authorization: Bearer …`.
#[derive(SecurityScheme)]
#[oai(rename = "apiKey", ty = "bearer", bearer_format = "id.secret")]
struct ApiKeyScheme(Bearer);

#[derive(SecurityScheme)]
enum EitherScheme {
    Client(BasicScheme),
    Key(ApiKeyScheme),
}

/// An API client's credentials, in either form.
pub(crate) struct ApiClientScheme {
    credentials: Credentials,
    /// The challenge for credentials that are invalid.
    challenge: Challenge,
    address: IpAddr,
}

impl ApiClientScheme {
    /// Returns the client if its credentials are valid and it has the scope.
    pub(crate) async fn authenticate(
        &self,
        clients: &ApiClients,
        scope: Scope,
    ) -> Result<ApiClient, Problem> {
        let client = clients.authenticate(&self.credentials, scope, self.address).await;
        client.map_err(|error| match error {
            ClientError::Invalid | ClientError::Expired => {
                Problem::from(error).challenge(self.challenge)
            }
            ClientError::AddressNotAllowed
            | ClientError::InsufficientScope(_)
            | ClientError::TooMany(_)
            | ClientError::Store(_) => error.into(),
        })
    }

    fn of(scheme: EitherScheme, address: IpAddr) -> Option<Self> {
        match scheme {
            EitherScheme::Client(BasicScheme(Basic { username, password })) => Some(Self {
                credentials: Credentials {
                    id: decoded(&username),
                    secret: Secret::new(decoded(&password)),
                },
                challenge: Challenge::Client,
                address,
            }),
            EitherScheme::Key(ApiKeyScheme(Bearer { token })) => Some(Self {
                credentials: Credentials::from_api_key(&token)?,
                challenge: Challenge::BadApiKey,
                address,
            }),
        }
    }
}

/// Decodes the form encoding that OAuth requires for id and secret (RFC 6749 section 2.3.1).
fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

impl<'a> ApiExtractor<'a> for ApiClientScheme {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        EitherScheme::register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        EitherScheme::security_schemes()
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let refused = |challenge| Problem::new(ProblemCode::ClientInvalid).challenge(challenge);
        let scheme = EitherScheme::from_request(request, body, options).await;
        let scheme = scheme.map_err(|_| refused(Challenge::Client))?;
        let ClientIp(address) = <ClientIp as FromRequest>::from_request(request, body).await?;
        Ok(Self::of(scheme, address).ok_or(refused(Challenge::BadApiKey))?)
    }
}
