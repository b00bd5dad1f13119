use std::sync::Arc;

use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use wxlogin_domain::usecase::access_tokens::TokenKind;
use wxlogin_domain::usecase::log_in::{LogIn, LogInRequest, LoggedIn, LoginCodeClaim};

use super::account::User;
use super::{Tag, wired};
use crate::body::{Described, JsonAnswer, JsonBody};
use crate::http::Client;
use crate::problem::{Failure, ProblemCode, ProblemDetails, ProblemSet, codes};

/// What a mini-program sends after `wx.login`.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LoginRequest {
    /// The mini-program's AppID. May be left out when the service knows one app.
    #[oai(validator(max_length = 18))]
    app_id: Option<String>,
    /// The code `wx.login` gave. It works once, for five minutes.
    #[oai(validator(max_length = 128))]
    code: String,
    /// What the person wants to be called, at most 64 characters. WeChat's placeholder `微信用户`
    /// and anything unacceptable is ignored.
    nickname: Option<String>,
    /// An `https` address of the person's picture, at most 1024 bytes. WeChat's grey default,
    /// paths on the phone and anything unacceptable is ignored.
    avatar_url: Option<String>,
    /// What the device is called in the person's list of sessions, at most 64 characters.
    /// Ignored when unacceptable.
    device: Option<String>,
}

impl Example for LoginRequest {
    fn example() -> Self {
        Self {
            app_id: Some("wxdev0000000000001".into()),
            code: "0a3Xy7000lQ5bT1Yz9200WvK8g1Xy7Zs".into(),
            nickname: Some("小明".into()),
            avatar_url: Some("https://cdn.example.com/avatars/xiaoming.png".into()),
            device: Some("iPhone 17".into()),
        }
    }
}

/// A session has begun.
#[derive(Object)]
#[oai(rename_all = "camelCase", example)]
struct LoginAnswer {
    /// The access token: a JWT signed with ES256 (RFC 7519).
    access_token: String,
    /// Always `Bearer`: send it as `Authorization: Bearer …`.
    token_type: String,
    /// How many seconds the access token holds.
    expires_in: u64,
    /// Whether this login made the user.
    is_new_user: bool,
    /// Who is signed in.
    user: User,
}

impl From<LoggedIn> for LoginAnswer {
    fn from(logged_in: LoggedIn) -> Self {
        Self {
            access_token: logged_in.token.token.expose().to_owned(),
            token_type: "Bearer".into(),
            expires_in: logged_in.token.expires_in.as_secs(),
            is_new_user: logged_in.is_new,
            user: logged_in.user.into(),
        }
    }
}

impl Described for LoginAnswer {
    const DESCRIPTION: &'static str = "The person is signed in.";
}

impl Example for LoginAnswer {
    fn example() -> Self {
        Self {
            access_token: "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiIs…".into(),
            token_type: "Bearer".into(),
            expires_in: 900,
            is_new_user: true,
            user: User::example(),
        }
    }
}

/// How signing in fails.
pub(super) const LOG_IN_CODES: &[ProblemCode] = &[
    ProblemCode::LoginCodeInvalid,
    ProblemCode::LoginCodeUsed,
    ProblemCode::LoginBlockedByWechat,
    ProblemCode::SignUpClosed,
    ProblemCode::UserDisabled,
    ProblemCode::RateLimited,
    ProblemCode::WechatMisconfigured,
    ProblemCode::WechatUnavailable,
    ProblemCode::StoreUnavailable,
];

struct LogInProblems;

impl ProblemSet for LogInProblems {
    type Body = ProblemDetails;
    const CODES: &'static [&'static [ProblemCode]] = &[codes::ALWAYS, codes::BODY, LOG_IN_CODES];
}

pub(crate) struct SignInApi(pub(crate) Option<Arc<LogIn>>);

#[OpenApi(tag = "Tag::SignIn")]
impl SignInApi {
    /// Sign in with a wx.login code · 微信登录
    ///
    /// Asks WeChat whom the code stands for, makes the user at the first login, and opens a
    /// session. The login runs to its end even if the caller hangs up. A code is sent to WeChat
    /// once: whatever fails, the next try needs a new code. `wxlogin dev` prints where codes to try
    /// this with come from.
    #[oai(path = "/v1/login", method = "post", operation_id = "logInV1")]
    async fn log_in(
        &self,
        client: Client,
        JsonBody(request): JsonBody<LoginRequest>,
    ) -> Result<JsonAnswer<LoginAnswer>, Failure<LogInProblems>> {
        let request = LogInRequest {
            app_id: request.app_id,
            code: LoginCodeClaim(request.code),
            nickname: request.nickname,
            avatar_url: request.avatar_url,
            device: request.device,
        };
        let log_in = wired(self.0.as_ref())?;
        Ok(JsonAnswer(log_in.log_in(request, TokenKind::Access, client.0).await?.into()))
    }
}
