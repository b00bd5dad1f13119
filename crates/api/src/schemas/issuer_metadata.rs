use poem_openapi::Object;
use poem_openapi::types::Example;
use wxlogin_domain::model::Scope;

use super::example;
use crate::responses::Described;

/// The issuer's metadata, for libraries that are configured with the issuer only (RFC 8414 and
/// OpenID Connect Discovery).
#[derive(Object)]
#[oai(example)]
pub(crate) struct IssuerMetadata {
    /// The `iss` of every token: this service's public URL.
    issuer: String,
    /// The URL of the public keys.
    jwks_uri: String,
    /// The URL for exchanging refresh tokens. It takes JSON and so supports no OAuth grant, but
    /// RFC 8414 requires the field.
    token_endpoint: String,
    /// How clients authenticate there. Always `none`, because mini-programs cannot keep a secret.
    token_endpoint_auth_methods_supported: Vec<String>,
    /// The URL for checking tokens (RFC 7662).
    introspection_endpoint: String,
    /// How API clients authenticate there.
    introspection_endpoint_auth_methods_supported: Vec<String>,
    /// The URL for revoking tokens (RFC 7009).
    revocation_endpoint: String,
    /// How API clients authenticate there.
    revocation_endpoint_auth_methods_supported: Vec<String>,
    /// Always empty: users sign in with WeChat, not through a browser.
    response_types_supported: Vec<String>,
    /// Always empty, for the same reason.
    grant_types_supported: Vec<String>,
    /// Always `public`: every back end gets the same user ids.
    subject_types_supported: Vec<String>,
    /// The algorithm of token signatures. Always `ES256`.
    id_token_signing_alg_values_supported: Vec<String>,
    /// The scopes that API clients can have.
    scopes_supported: Vec<String>,
}

impl IssuerMetadata {
    /// Returns the metadata of the service with this public URL.
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
    const DESCRIPTION: &'static str = "The issuer's metadata.";
}

impl Example for IssuerMetadata {
    fn example() -> Self {
        Self::of(example::ISSUER)
    }
}
