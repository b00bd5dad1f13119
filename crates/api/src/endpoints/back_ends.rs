use poem::http::HeaderValue;
use poem_openapi::OpenApi;
use wxlogin_domain::model::{AccessClaims, Scope};

use super::objects::{Introspected, TokenForm};
use super::{Tag, wired};
use crate::UseCases;
use crate::answer::{Described, Empty, Headers, JsonAnswer};
use crate::body::FormBody;
use crate::problem::{
    Failure, OAuthProblem, Problem, ProblemCode, ProblemDetails, codes, problem_set,
};
use crate::security::{AccessTokenScheme, ClientScheme};

/// Where failures carry OAuth's `error`.
pub(crate) const OAUTH_PATHS: [&str; 2] = ["/v1/introspect", "/v1/revoke"];

problem_set!(OAuthProblems, OAuthProblem, [codes::BODY, codes::CLIENT]);
problem_set!(
    VerifyProblems,
    ProblemDetails,
    [&[ProblemCode::TokenInvalid, ProblemCode::StoreUnavailable]]
);

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

pub(crate) struct BackEndsApi(pub(crate) Option<UseCases>);

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
        let services = wired(self.0.as_ref())?;
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
        let services = wired(self.0.as_ref())?;
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
        let services = wired(self.0.as_ref())?;
        let claims = services.introspection.verify(&token.0.token).await?;
        Ok(Empty::with(headers(&claims)?))
    }
}
