use std::sync::Arc;
use std::time::Duration;

use poem::Request;
use poem::http::HeaderValue;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::ToJSON;
use wxlogin_domain::model::{AccessClaims, Scope};
use wxlogin_domain::usecase::UseCases;

use super::shared::{WECHAT_CODES, client_app};
use super::tag::Tag;
use crate::extractors::{AccessTokenScheme, ApiClientScheme, FormBody};
use crate::problem::{
    Failure, OAuthProblem, Problem, ProblemCode, ProblemDetails, codes, problem_set,
};
use crate::responses::{CachedJson, Described, Empty, JsonResponse, ResponseHeaders};
use crate::schemas::{
    Introspection, IssuerMetadata, JwkSet, TokenForm, WechatAccessToken, example,
};
use crate::settings::HttpSettings;

/// The paths whose failures have OAuth's `error` field.
pub(crate) const OAUTH_PATHS: [&str; 2] = ["/v1/introspect", "/v1/revoke"];

/// How long clients may cache the issuer's metadata.
const METADATA_MAX_AGE: Duration = Duration::from_mins(5);

problem_set!(OAuthProblems, OAuthProblem, [codes::BODY, codes::CLIENT]);
problem_set!(
    VerifyProblems,
    ProblemDetails,
    [&[
        ProblemCode::TokenInvalid,
        ProblemCode::TokenMissing,
        ProblemCode::AppMismatch,
        ProblemCode::StoreUnavailable,
    ]]
);
problem_set!(
    WechatTokenProblems,
    ProblemDetails,
    [codes::CLIENT, &[ProblemCode::NotFound], WECHAT_CODES]
);
problem_set!(PublicProblems, ProblemDetails, []);

/// The response to a revocation.
struct Revoked;

impl Described for Revoked {
    const DESCRIPTION: &'static str = "The token is invalid from now on, or already was.";
}

impl ResponseHeaders for Revoked {
    const HEADERS: &'static [(&'static str, &'static str)] = &[];
}

/// The response to a reverse proxy.
struct Verified;

impl Described for Verified {
    const DESCRIPTION: &'static str = "The token is valid. The headers identify the user.";
}

impl ResponseHeaders for Verified {
    const HEADERS: &'static [(&'static str, &'static str)] = &[
        ("X-User-Id", "The user's id."),
        ("X-User-Type", "The operator's own classification of the user, a number."),
        ("X-App-Id", "The AppID of the mini-program that the user signed in to."),
        ("X-Session-Id", "The id of the session that the token belongs to."),
    ];
}

/// The values of [`Verified::HEADERS`].
fn header_values(claims: &AccessClaims) -> Result<Vec<HeaderValue>, Problem> {
    let values = [
        claims.user_id.to_string(),
        claims.user_type.0.to_string(),
        claims.app_id.to_string(),
        claims.session_id.to_string(),
    ];
    let values = values.into_iter().map(HeaderValue::try_from).collect::<Result<_, _>>();
    // Ids and numbers are always valid header values.
    values.map_err(|_| Problem::new(ProblemCode::InternalError))
}

/// The example of an optional AppID.
const GUARDED_APP: fn() -> Option<String> = || Some(example::app());

fn issuer_metadata(request: &Request, settings: &HttpSettings) -> CachedJson<IssuerMetadata> {
    let metadata = IssuerMetadata::of(&settings.issuer).to_json_string();
    CachedJson::new(request, metadata, METADATA_MAX_AGE)
}

/// Token verification, signing keys and WeChat access tokens.
pub(crate) struct BackendApi;

#[OpenApi(tag = "Tag::Backend")]
#[expect(clippy::unused_async, reason = "the framework's operations are asynchronous")]
impl BackendApi {
    /// Check whether a token is valid (RFC 7662) · 令牌内省
    ///
    /// Accepts access tokens, also those of the original contract. A revoked token is inactive on
    /// every instance within two seconds. The client needs the scope `introspect`. For a client
    /// that is limited to certain apps, tokens of other apps are inactive.
    #[oai(path = "/v1/introspect", method = "post", operation_id = "introspectV1")]
    async fn introspect(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        FormBody(form): FormBody<TokenForm>,
    ) -> Result<JsonResponse<Introspection>, Failure<OAuthProblems>> {
        let client = client.authenticate(&services.clients, Scope::Introspect).await?;
        let token = services.introspection.introspect(&client, &form.token).await?;
        Ok(JsonResponse(token.into()))
    }

    /// Revoke a token (RFC 7009) · 令牌吊销
    ///
    /// Ends the session of an access token or refresh token. An unknown token is not an error. The
    /// client needs the scope `introspect`. A client that is limited to certain apps can revoke
    /// only tokens of these apps.
    #[oai(path = "/v1/revoke", method = "post", operation_id = "revokeV1")]
    async fn revoke(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        FormBody(form): FormBody<TokenForm>,
    ) -> Result<Empty<Revoked>, Failure<OAuthProblems>> {
        let client = client.authenticate(&services.clients, Scope::Introspect).await?;
        services.introspection.revoke(&client, &form.token).await?;
        Ok(Empty::with(Vec::new()))
    }

    /// Check a request's token for a reverse proxy · 供反向代理校验
    ///
    /// For nginx `auth_request`, Caddy `forward_auth` and Traefik `ForwardAuth`. The proxy must
    /// remove the `X-` headers below from client requests and copy them from this response. With
    /// several mini-programs, send the AppID of the one that the proxy guards: a token of another
    /// one is answered with `app_mismatch`.
    #[oai(path = "/v1/verify", method = "get", operation_id = "verifyV1")]
    async fn verify(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        token: AccessTokenScheme,
        /// The AppID of the mini-program that the token must be for. Any if absent.
        #[oai(name = "appId", example = "GUARDED_APP")]
        Query(app_id): Query<Option<String>>,
    ) -> Result<Empty<Verified>, Failure<VerifyProblems>> {
        let (verifier, token) = (&services.introspection, &token.0.token);
        let claims = match app_id {
            Some(app_id) => verifier.verify_for(token, &app_id).await?,
            None => verifier.verify(token).await?,
        };
        Ok(Empty::with(header_values(&claims)?))
    }

    /// Get the WeChat access token of an app · 获取微信接口调用凭证
    ///
    /// For back ends that call WeChat's server API themselves. All instances and back ends get the
    /// same token, and wxlogin renews it before it expires. The client needs the scope
    /// `wechat-access-token`. A client that is limited to certain apps gets only their tokens.
    #[oai(
        path = "/v1/apps/:appId/wechat-access-token",
        method = "get",
        operation_id = "getWechatAccessTokenV1"
    )]
    async fn wechat_access_token(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        /// The mini-program's AppID.
        #[oai(name = "appId", example = "example::app")]
        Path(app_id): Path<String>,
    ) -> Result<JsonResponse<WechatAccessToken>, Failure<WechatTokenProblems>> {
        let client = client.authenticate(&services.clients, Scope::WechatAccessToken).await?;
        let app_id = client_app(&services.wechat_access_tokens, &client, &app_id)?;
        let held = services.wechat_access_tokens.token(&app_id).await?;
        Ok(JsonResponse(held.into()))
    }

    /// Get the public keys of tokens (RFC 7517) · 签名公钥
    ///
    /// A new key is published before it signs tokens, for longer than clients may cache this
    /// document.
    #[oai(path = "/.well-known/jwks.json", method = "get", operation_id = "getJwksV1")]
    async fn jwks(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        request: &Request,
    ) -> Result<CachedJson<JwkSet>, Failure<PublicProblems>> {
        let keys = &services.keys;
        Ok(CachedJson::new(request, keys.jwks(), keys.jwks_max_age()))
    }

    /// Get the issuer's metadata (OpenID Connect Discovery) · 签发者元数据
    ///
    /// For libraries that verify tokens and are configured with the issuer only. If the issuer's
    /// URL has a path, the document is served with that path before and after the well-known part.
    #[oai(
        path = "/.well-known/openid-configuration",
        method = "get",
        operation_id = "getOpenIdConfigurationV1"
    )]
    async fn openid_configuration(
        &self,
        Data(settings): Data<&Arc<HttpSettings>>,
        request: &Request,
    ) -> Result<CachedJson<IssuerMetadata>, Failure<PublicProblems>> {
        Ok(issuer_metadata(request, settings))
    }

    /// Get the issuer's metadata (RFC 8414) · 签发者元数据（OAuth）
    ///
    /// The same document as `/.well-known/openid-configuration`.
    #[oai(
        path = "/.well-known/oauth-authorization-server",
        method = "get",
        operation_id = "getAuthorizationServerMetadataV1"
    )]
    async fn authorization_server(
        &self,
        Data(settings): Data<&Arc<HttpSettings>>,
        request: &Request,
    ) -> Result<CachedJson<IssuerMetadata>, Failure<PublicProblems>> {
        Ok(issuer_metadata(request, settings))
    }
}
