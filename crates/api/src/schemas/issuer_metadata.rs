use poem_openapi::Object;
use poem_openapi::types::Example;
use wxlogin_domain::model::Scope;

use super::example;
use crate::responses::Described;

/// What this service is, for libraries that are given its issuer and look for the rest (RFC 8414
/// and OpenID Connect Discovery).
#[derive(Object)]
#[oai(example)]
pub(crate) struct IssuerMetadata {
    /// The `iss` of every token: this service's public URL.
    issuer: String,
    /// Where the public keys are.
    jwks_uri: String,
    /// Where refresh tokens are exchanged. It takes JSON, so it is no grant of OAuth's and none is
    /// listed; RFC 8414 wants the address all the same.
    token_endpoint: String,
    /// How clients authenticate there: not at all, mini-programs keep no secrets.
    token_endpoint_auth_methods_supported: Vec<String>,
    /// Where a back end asks whether a token holds (RFC 7662).
    introspection_endpoint: String,
    /// How back ends authenticate there.
    introspection_endpoint_auth_methods_supported: Vec<String>,
    /// Where a back end ends the session of a token (RFC 7009).
    revocation_endpoint: String,
    /// How back ends authenticate there.
    revocation_endpoint_auth_methods_supported: Vec<String>,
    /// None: people sign in with WeChat and not through a browser.
    response_types_supported: Vec<String>,
    /// None, for the same reason.
    grant_types_supported: Vec<String>,
    /// Always `public`: every back end sees the same user ids.
    subject_types_supported: Vec<String>,
    /// How tokens are signed. Always `ES256`.
    id_token_signing_alg_values_supported: Vec<String>,
    /// What API clients can be allowed to do.
    scopes_supported: Vec<String>,
}

impl IssuerMetadata {
    /// That of the service with this public URL.
    pub(crate) fn of(issuer: &str) -> Self {
        fn list(words: &[&str]) -> Vec<String> {
            words.iter().map(|word| (*word).to_owned()).collect()
        }
        Self {
            issuer: issuer.to_owned(),
            jwks_uri: format!("{issuer}/.well-known/jwks.json"),
            token_endpoint: format!("{issuer}/v1/token/refresh"),
            token_endpoint_auth_methods_supported: list(&["none"]),
            introspection_endpoint: format!("{issuer}/v1/introspect"),
            introspection_endpoint_auth_methods_supported: list(&["client_secret_basic"]),
            revocation_endpoint: format!("{issuer}/v1/revoke"),
            revocation_endpoint_auth_methods_supported: list(&["client_secret_basic"]),
            response_types_supported: Vec::new(),
            grant_types_supported: Vec::new(),
            subject_types_supported: list(&["public"]),
            id_token_signing_alg_values_supported: list(&["ES256"]),
            scopes_supported: list(&Scope::ALL.map(Scope::as_str)),
        }
    }
}

impl Described for IssuerMetadata {
    const DESCRIPTION: &'static str = "Where everything is.";
}

impl Example for IssuerMetadata {
    fn example() -> Self {
        Self::of(example::ISSUER)
    }
}
