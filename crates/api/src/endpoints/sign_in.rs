use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use wxlogin_domain::model::RefreshToken;
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::profile::phone::binding::PhoneCodeClaim;
use wxlogin_domain::usecase::sign_in::log_in::{LogInRequest, LoginCodeClaim};
use wxlogin_domain::usecase::tokens::access_tokens::TokenKind;
use wxlogin_domain::usecase::tokens::sessions::LogOutError;

use super::shared::LOG_IN_CODES;
use super::tag::Tag;
use crate::extractors::{
    ClientIp, IdempotencyKeyHeader, JsonBody, OptionalAccessTokenScheme, OptionalJsonBody,
};
use crate::problem::{Failure, Problem, ProblemCode, ProblemDetails, codes, problem_set};
use crate::responses::{JsonResponse, NoContent};
use crate::schemas::{LoginAnswer, LoginRequest, LogoutRequest, RefreshAnswer, RefreshRequest};

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
            ProblemCode::RateLimited,
            ProblemCode::StoreUnavailable,
        ]
    ]
);
problem_set!(
    LogOutProblems,
    ProblemDetails,
    [
        codes::BODY,
        &[
            ProblemCode::TokenInvalid,
            ProblemCode::TokenMissing,
            ProblemCode::RateLimited,
            ProblemCode::StoreUnavailable,
        ]
    ]
);

/// Login, refresh and logout.
pub(crate) struct SignInApi;

#[OpenApi(tag = "Tag::SignIn")]
impl SignInApi {
    /// Sign in with a wx.login code · 微信登录
    ///
    /// Exchanges the code with WeChat, creates the user at the first login, and starts a session.
    /// The login completes even if the client disconnects. wxlogin sends each code to WeChat only
    /// once: after a failure, retry with a new code. If only the response was lost, repeat the
    /// request with the same `Idempotency-Key`. `wxlogin dev` prints how to get codes for testing.
    #[oai(path = "/v1/login", method = "post", operation_id = "logInV1")]
    async fn log_in(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client_ip: ClientIp,
        /// A random value for this login: 22 to 128 visible characters with at least 128 bits of
        /// randomness. Repeating the same request with the same key within one minute returns the
        /// same session.
        #[oai(name = "Idempotency-Key")]
        IdempotencyKeyHeader(idempotency_key): IdempotencyKeyHeader,
        JsonBody(request): JsonBody<LoginRequest>,
    ) -> Result<JsonResponse<LoginAnswer>, Failure<LogInProblems>> {
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
        let logged_in =
            services.log_in.log_in(request, TokenKind::Access, client_ip.counted()).await?;
        Ok(JsonResponse(LoginAnswer::of(logged_in, services)))
    }

    /// Exchange a refresh token for new tokens · 刷新令牌
    ///
    /// A refresh token can be used once; the response has the next one. If the response was lost,
    /// the same token can be sent again for 30 seconds, as long as the new token has not been used.
    /// Any later reuse is treated as theft and ends the session.
    #[oai(path = "/v1/token/refresh", method = "post", operation_id = "refreshTokenV1")]
    async fn refresh(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client_ip: ClientIp,
        JsonBody(request): JsonBody<RefreshRequest>,
    ) -> Result<JsonResponse<RefreshAnswer>, Failure<RefreshProblems>> {
        let token = RefreshToken::new(request.refresh_token);
        Ok(JsonResponse(services.refresh.refresh(&token, client_ip.counted()).await?.into()))
    }

    /// Sign out · 退出登录
    ///
    /// Ends the session of the refresh token in the body. Without a refresh token, or if it is
    /// invalid, ends the session of the access token. It is no error if the session has already
    /// ended or if the only token is an invalid refresh token.
    #[oai(path = "/v1/logout", method = "post", operation_id = "logOutV1")]
    async fn log_out(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client_ip: ClientIp,
        access: OptionalAccessTokenScheme,
        OptionalJsonBody(request): OptionalJsonBody<LogoutRequest>,
    ) -> Result<NoContent, Failure<LogOutProblems>> {
        let sessions = &services.sessions;
        let refresh = request.and_then(|request| request.refresh_token).map(RefreshToken::new);
        let by_refresh = match &refresh {
            Some(refresh) => sessions.log_out_by_refresh(refresh, client_ip.counted()).await,
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
