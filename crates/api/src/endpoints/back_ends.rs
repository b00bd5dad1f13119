use std::time::Duration;

use poem::Request;
use poem::http::HeaderValue;
use poem_openapi::OpenApi;
use poem_openapi::types::ToJSON;
use wxlogin_domain::model::{AccessClaims, Scope};

use super::objects::{Introspected, KeySet, Metadata, TokenForm};
use super::{Tag, wired};
use crate::Services;
use crate::answer::{CachedJson, Described, Empty, Headers, JsonAnswer};
use crate::body::FormBody;
use crate::problem::{
    Failure, OAuthProblem, Problem, ProblemCode, ProblemDetails, codes, problem_set,
};
use crate::security::{AccessTokenScheme, ClientScheme};

/// Where failures carry OAuth's `error`.
pub(crate) const OAUTH_PATHS: [&str; 2] = ["/v1/introspect", "/v1/revoke"];

/// How long the issuer's metadata may be kept.
const METADATA_MAX_AGE: Duration = Duration::from_mins(5);

problem_set!(OAuthProblems, OAuthProblem, [codes::BODY, codes::CLIENT]);
problem_set!(
    VerifyProblems,
    ProblemDetails,
    [&[ProblemCode::TokenInvalid, ProblemCode::StoreUnavailable]]
);
problem_set!(DocumentProblems, ProblemDetails, []);

/// The token does not hold any more.
struct Revoked;

impl Described for Revoked {
    const DESCRIPTION: &'static str = "The token does not hold any more, if it ever did.";
}

impl Headers for Revoked {
    const HEADERS: &'static [(&'static str, &'static str)] = &[];
}

/// The token holds.
struct Verified;

impl Described for Verified {
    const DESCRIPTION: &'static str = "The token holds. The headers say whose it is.";
}

impl Headers for Verified {
    const HEADERS: &'static [(&'static str, &'static str)] = &[
        ("X-User-Id", "The user's id."),
        ("X-User-Type", "The operator's own classification of the user, a number."),
        ("X-App-Id", "Through which mini-program the person signed in."),
        ("X-Session-Id", "The session the token belongs to."),
    ];
}

fn headers(claims: &AccessClaims) -> Result<Vec<HeaderValue>, Problem> {
    let values = [
        claims.user_id.to_string(),
        claims.user_type.0.to_string(),
        claims.app_id.to_string(),
        claims.session_id.to_string(),
    ];
    let values = values.into_iter().map(HeaderValue::try_from).collect::<Result<_, _>>();
    // Ids and numbers always fit into a header.
    values.map_err(|_| Problem::new(ProblemCode::InternalError))
}

/// What back ends' endpoints answer with.
pub(crate) struct BackEnds {
    services: Services,
    metadata: String,
}

impl BackEnds {
    /// Of the service with this public URL.
    pub(crate) fn new(services: Services, issuer: &str) -> Self {
        Self { services, metadata: Metadata::of(issuer).to_json_string() }
    }
}

pub(crate) struct BackEndsApi(pub(crate) Option<BackEnds>);

#[OpenApi(tag = "Tag::BackEnds")]
impl BackEndsApi {
    /// Ask whether a token holds (RFC 7662) · 令牌内省
    ///
    /// Takes access tokens, those of the original contract too. A revoked token is not active two
    /// seconds later at most, on any instance. The client needs the scope `introspect`; a client of
    /// some apps sees their tokens only.
    #[oai(path = "/v1/introspect", method = "post", operation_id = "introspectV1")]
    async fn introspect(
        &self,
        client: ClientScheme,
        FormBody(form): FormBody<TokenForm>,
    ) -> Result<JsonAnswer<Introspected>, Failure<OAuthProblems>> {
        let services = &wired(self.0.as_ref())?.services;
        let client = client.authenticate(&services.clients, Scope::Introspect).await?;
        let token = services.introspection.introspect(&client, &form.token).await?;
        Ok(JsonAnswer(token.into()))
    }

    /// End the session of a token (RFC 7009) · 令牌吊销
    ///
    /// Takes access and refresh tokens. A token that is not known is no error. The client needs the
    /// scope `introspect`; a client of some apps revokes their tokens only.
    #[oai(path = "/v1/revoke", method = "post", operation_id = "revokeV1")]
    async fn revoke(
        &self,
        client: ClientScheme,
        FormBody(form): FormBody<TokenForm>,
    ) -> Result<Empty<Revoked>, Failure<OAuthProblems>> {
        let services = &wired(self.0.as_ref())?.services;
        let client = client.authenticate(&services.clients, Scope::Introspect).await?;
        services.introspection.revoke(&client, &form.token).await?;
        Ok(Empty::with(Vec::new()))
    }

    /// Check a request's token for a proxy · 供反向代理校验
    ///
    /// For `auth_request` of nginx, `forward_auth` of Caddy and `ForwardAuth` of Traefik. The proxy
    /// has to delete these headers from what clients send, and to copy them from this answer.
    #[oai(path = "/v1/verify", method = "get", operation_id = "verifyV1")]
    async fn verify(
        &self,
        token: AccessTokenScheme,
    ) -> Result<Empty<Verified>, Failure<VerifyProblems>> {
        let services = &wired(self.0.as_ref())?.services;
        let claims = services.introspection.verify(&token.0.token).await?;
        Ok(Empty::with(headers(&claims)?))
    }

    /// The public keys of tokens (RFC 7517) · 签名公钥
    ///
    /// A key is published before it signs, for longer than this document may be kept.
    #[oai(path = "/.well-known/jwks.json", method = "get", operation_id = "getJwksV1")]
    async fn jwks(
        &self,
        request: &Request,
    ) -> Result<CachedJson<KeySet>, Failure<DocumentProblems>> {
        let keys = &wired(self.0.as_ref())?.services.keys;
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

impl BackEndsApi {
    fn metadata(
        &self,
        request: &Request,
    ) -> Result<CachedJson<Metadata>, Failure<DocumentProblems>> {
        let metadata = wired(self.0.as_ref())?.metadata.clone();
        Ok(CachedJson::new(request, metadata, METADATA_MAX_AGE))
    }
}
