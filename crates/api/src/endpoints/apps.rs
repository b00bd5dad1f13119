use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;
use wxlogin_domain::model::{ApiClient, AppId, Scope, UserId};
use wxlogin_domain::usecase::wechat::access_tokens::WechatAccessTokens;

use super::objects::{SessionKeyResetRequest, WechatAccessToken, example};
use super::{Tag, wired};
use crate::UseCases;
use crate::answer::{JsonAnswer, NoContent};
use crate::body::JsonBody;
use crate::problem::{Failure, Problem, ProblemCode, ProblemDetails, codes, problem_set};
use crate::security::ClientScheme;

problem_set!(
    TokenProblems,
    ProblemDetails,
    [
        codes::CLIENT,
        &[
            ProblemCode::NotFound,
            ProblemCode::RateLimited,
            ProblemCode::WechatMisconfigured,
            ProblemCode::WechatUnavailable,
        ]
    ]
);

/// The app, if there is one that the client has to do with.
fn app(tokens: &WechatAccessTokens, client: &ApiClient, id: &str) -> Result<AppId, Problem> {
    let known = AppId::parse(id).ok();
    let known = known.filter(|id| tokens.knows(id) && client.may_for(id));
    known.ok_or(Problem::new(ProblemCode::NotFound))
}

problem_set!(
    ResetProblems,
    ProblemDetails,
    [
        codes::BODY,
        codes::CLIENT,
        &[
            ProblemCode::NotFound,
            ProblemCode::SessionKeyStale,
            ProblemCode::RateLimited,
            ProblemCode::WechatMisconfigured,
            ProblemCode::WechatUnavailable,
        ]
    ]
);

pub(crate) struct AppsApi(pub(crate) Option<UseCases>);

#[OpenApi]
impl AppsApi {
    /// Get WeChat's access token of an app · 获取微信接口调用凭证
    ///
    /// For back ends that call WeChat's server API themselves. All instances and back ends have the
    /// same token, and it is renewed before it ends. The client needs the scope
    /// `wechat-access-token`; a client of some apps is given theirs only.
    #[oai(
        path = "/v1/apps/:appId/wechat-access-token",
        method = "get",
        operation_id = "getWechatAccessTokenV1",
        tag = "Tag::BackEnds"
    )]
    async fn wechat_access_token(
        &self,
        client: ClientScheme,
        /// The mini-program's AppID.
        #[oai(name = "appId", example = "example::app")]
        Path(app_id): Path<String>,
    ) -> Result<JsonAnswer<WechatAccessToken>, Failure<TokenProblems>> {
        let services = wired(self.0.as_ref())?;
        let client = client.authenticate(&services.clients, Scope::WechatAccessToken).await?;
        let app_id = app(&services.wechat_access_tokens, &client, &app_id)?;
        let held = services.wechat_access_tokens.token(&app_id).await?;
        Ok(JsonAnswer(held.into()))
    }

    /// Replace WeChat's access token of an app · 强制刷新微信接口调用凭证
    ///
    /// For when the token may be in the wrong hands: the old one ends at once for everybody. WeChat
    /// allows it 20 times a day, 30 seconds apart. Back ends are given the new one when they ask.
    #[oai(
        path = "/v1/admin/apps/:appId/wechat-access-token/refresh",
        method = "post",
        operation_id = "refreshWechatAccessTokenV1",
        tag = "Tag::Admin"
    )]
    async fn refresh_wechat_access_token(
        &self,
        client: ClientScheme,
        /// The mini-program's AppID.
        #[oai(name = "appId", example = "example::app")]
        Path(app_id): Path<String>,
    ) -> Result<NoContent, Failure<TokenProblems>> {
        let services = wired(self.0.as_ref())?;
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let app_id = app(&services.wechat_access_tokens, &client, &app_id)?;
        services.wechat_access_tokens.force_refresh(&app_id).await?;
        Ok(NoContent)
    }

    /// Replace a user's session key · 重置用户登录态
    ///
    /// For when WeChat's session key of somebody may be in the wrong hands: WeChat makes a new one,
    /// and the old one opens and signs nothing any more. The person notices nothing.
    #[oai(
        path = "/v1/admin/users/:id/session-key/reset",
        method = "post",
        operation_id = "resetSessionKeyV1",
        tag = "Tag::Admin"
    )]
    async fn reset_session_key(
        &self,
        client: ClientScheme,
        /// The user's id.
        #[oai(example = "example::user")]
        Path(id): Path<Uuid>,
        JsonBody(request): JsonBody<SessionKeyResetRequest>,
    ) -> Result<NoContent, Failure<ResetProblems>> {
        let services = wired(self.0.as_ref())?;
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let app_id = app(&services.wechat_access_tokens, &client, &request.app_id)?;
        services.session_key_reset.reset(&client, UserId::from_uuid(id), &app_id).await?;
        Ok(NoContent)
    }
}
