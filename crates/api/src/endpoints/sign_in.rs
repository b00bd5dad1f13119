use poem_openapi::OpenApi;
use wxlogin_domain::model::RefreshToken;
use wxlogin_domain::usecase::profile::phone::binding::PhoneCodeClaim;
use wxlogin_domain::usecase::sign_in::log_in::{LogInRequest, LoginCodeClaim};
use wxlogin_domain::usecase::tokens::access_tokens::TokenKind;
use wxlogin_domain::usecase::tokens::sessions::LogOutError;

use super::objects::{LoginAnswer, LoginRequest, LogoutRequest, RefreshAnswer, RefreshRequest};
use super::{Tag, wired};
use crate::UseCases;
use crate::answer::{JsonAnswer, NoContent};
use crate::body::{JsonBody, OptionalJsonBody};
use crate::http::{Client, IdempotencyKeyHeader};
use crate::problem::{Failure, Problem, ProblemCode, ProblemDetails, codes, problem_set};
use crate::security::OptionalAccessTokenScheme;

/// How signing in fails.
pub(super) const LOG_IN_CODES: &[ProblemCode] = &[
    ProblemCode::LoginCodeInvalid,
    ProblemCode::LoginCodeUsed,
    ProblemCode::LoginBlockedByWechat,
    ProblemCode::SignUpClosed,
    ProblemCode::UserDisabled,
    ProblemCode::AccountErasing,
    ProblemCode::RateLimited,
    ProblemCode::WechatMisconfigured,
    ProblemCode::WechatUnavailable,
    ProblemCode::StoreUnavailable,
];

problem_set!(
    LogInProblems,
    ProblemDetails,
    [codes::BODY, LOG_IN_CODES, &[ProblemCode::IdempotencyKeyReused]]
);
problem_set!(
    RefreshProblems,
    ProblemDetails,
    [
        codes::BODY,
        &[
            ProblemCode::RefreshTokenInvalid,
            ProblemCode::RefreshTokenReused,
            ProblemCode::UserDisabled,
            ProblemCode::StoreUnavailable,
        ]
    ]
);
problem_set!(
    LogOutProblems,
    ProblemDetails,
    [codes::BODY, &[ProblemCode::TokenInvalid, ProblemCode::StoreUnavailable]]
);

pub(crate) struct SignInApi(pub(crate) Option<UseCases>);

#[OpenApi(tag = "Tag::SignIn")]
impl SignInApi {
    /// Sign in with a wx.login code · 微信登录
    ///
    /// Asks WeChat whom the code stands for, makes the user at the first login, and opens a
    /// session. The login runs to its end even if the caller hangs up. A code is sent to WeChat
    /// once: whatever fails, the next try needs a new code. A login whose answer was lost can be
    /// repeated with its `Idempotency-Key`. `wxlogin dev` prints where codes to try this with come
    /// from.
    #[oai(path = "/v1/login", method = "post", operation_id = "logInV1")]
    async fn log_in(
        &self,
        client: Client,
        /// Made at random for this login, at least 128 bits of it in 22 to 128 visible characters.
        /// Whoever repeats the same request with the same key within a minute, because the answer
        /// was lost, gets the same session.
        #[oai(name = "Idempotency-Key")]
        IdempotencyKeyHeader(idempotency_key): IdempotencyKeyHeader,
        JsonBody(request): JsonBody<LoginRequest>,
    ) -> Result<JsonAnswer<LoginAnswer>, Failure<LogInProblems>> {
        let request = LogInRequest {
            app_id: request.app_id,
            code: LoginCodeClaim(request.code),
            nickname: request.nickname,
            avatar_url: request.avatar_url,
            phone_code: request.phone_code.map(PhoneCodeClaim),
            device: request.device,
            restore: request.restore.unwrap_or_default(),
            idempotency_key,
        };
        let services = wired(self.0.as_ref())?;
        let logged_in = services.log_in.log_in(request, TokenKind::Access, client.0).await?;
        Ok(JsonAnswer(LoginAnswer::of(logged_in, services)))
    }

    /// Exchange a refresh token for new tokens · 刷新令牌
    ///
    /// A refresh token is used once and replaced by the one in the answer. When the answer was lost
    /// the same token can be sent again for half a minute, as long as the new one was not used. Any
    /// later use means that somebody else has the token: the session ends.
    #[oai(path = "/v1/token/refresh", method = "post", operation_id = "refreshTokenV1")]
    async fn refresh(
        &self,
        JsonBody(request): JsonBody<RefreshRequest>,
    ) -> Result<JsonAnswer<RefreshAnswer>, Failure<RefreshProblems>> {
        let token = RefreshToken::new(request.refresh_token);
        Ok(JsonAnswer(wired(self.0.as_ref())?.refresh.refresh(&token).await?.into()))
    }

    /// Sign out · 退出登录
    ///
    /// Ends the session of the refresh token in the body or, without one, that of the access token.
    /// A session that has ended already is no error, and neither is a refresh token that does not
    /// hold: it does not hold afterwards either.
    #[oai(path = "/v1/logout", method = "post", operation_id = "logOutV1")]
    async fn log_out(
        &self,
        access: OptionalAccessTokenScheme,
        OptionalJsonBody(request): OptionalJsonBody<LogoutRequest>,
    ) -> Result<NoContent, Failure<LogOutProblems>> {
        let sessions = &wired(self.0.as_ref())?.sessions;
        let refresh = request.and_then(|request| request.refresh_token).map(RefreshToken::new);
        let by_refresh = match &refresh {
            Some(refresh) => sessions.log_out_by_refresh(refresh).await,
            None => Err(LogOutError::RefreshTokenInvalid),
        };
        match (by_refresh, access.token()) {
            (Ok(()), _) => {}
            (Err(LogOutError::RefreshTokenInvalid), Some(access)) => {
                sessions.log_out(access).await?;
            }
            (Err(LogOutError::RefreshTokenInvalid), None) if refresh.is_some() => {}
            (Err(LogOutError::RefreshTokenInvalid), None) => {
                return Err(Problem::token_missing().into());
            }
            (Err(error), _) => return Err(error.into()),
        }
        Ok(NoContent)
    }
}
