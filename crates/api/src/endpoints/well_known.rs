use std::sync::Arc;
use std::time::Duration;

use poem::Request;
use poem_openapi::OpenApi;
use poem_openapi::types::ToJSON;
use wxlogin_domain::usecase::tokens::signing_keys::SigningKeys;

use super::objects::{KeySet, Metadata};
use super::{Tag, wired};
use crate::answer::CachedJson;
use crate::problem::{Failure, ProblemDetails, problem_set};

/// How long the issuer's metadata may be kept.
const METADATA_MAX_AGE: Duration = Duration::from_mins(5);

problem_set!(DocumentProblems, ProblemDetails, []);

/// What the documents are made of.
pub(crate) struct WellKnown {
    keys: Arc<SigningKeys>,
    metadata: String,
}

impl WellKnown {
    /// Of the service with this public URL.
    pub(crate) fn new(keys: Arc<SigningKeys>, issuer: &str) -> Self {
        Self { keys, metadata: Metadata::of(issuer).to_json_string() }
    }
}

pub(crate) struct WellKnownApi(pub(crate) Option<WellKnown>);

#[OpenApi(tag = "Tag::BackEnds")]
#[expect(clippy::unused_async, reason = "the framework's operations are asynchronous")]
impl WellKnownApi {
    /// The public keys of tokens (RFC 7517) · 签名公钥
    ///
    /// A key is published before it signs, for longer than this document may be kept.
    #[oai(path = "/.well-known/jwks.json", method = "get", operation_id = "getJwksV1")]
    async fn jwks(
        &self,
        request: &Request,
    ) -> Result<CachedJson<KeySet>, Failure<DocumentProblems>> {
        let keys = &wired(self.0.as_ref())?.keys;
        Ok(CachedJson::new(request, keys.jwks(), keys.jwks_max_age()))
    }

    /// The issuer, as OpenID Connect Discovery finds it · 签发者元数据
    ///
    /// For libraries that check tokens and are given the issuer alone. For an issuer with a path it
    /// is found before and behind the well-known part.
    #[oai(
        path = "/.well-known/openid-configuration",
        method = "get",
        operation_id = "getOpenIdConfigurationV1"
    )]
    async fn openid_configuration(
        &self,
        request: &Request,
    ) -> Result<CachedJson<Metadata>, Failure<DocumentProblems>> {
        self.metadata(request)
    }

    /// The issuer, as OAuth finds it (RFC 8414) · 签发者元数据（OAuth）
    ///
    /// The same as `/.well-known/openid-configuration`.
    #[oai(
        path = "/.well-known/oauth-authorization-server",
        method = "get",
        operation_id = "getAuthorizationServerMetadataV1"
    )]
    async fn authorization_server(
        &self,
        request: &Request,
    ) -> Result<CachedJson<Metadata>, Failure<DocumentProblems>> {
        self.metadata(request)
    }
}

impl WellKnownApi {
    fn metadata(
        &self,
        request: &Request,
    ) -> Result<CachedJson<Metadata>, Failure<DocumentProblems>> {
        let metadata = wired(self.0.as_ref())?.metadata.clone();
        Ok(CachedJson::new(request, metadata, METADATA_MAX_AGE))
    }
}
