use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use wxlogin_domain::model::AppId;
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::sign_in::log_in::{LogInRequest, LoggedIn, LoginCodeClaim};
use wxlogin_domain::usecase::tokens::access_tokens::TokenKind;

use super::Tag;
use super::sign_in::LOG_IN_CODES;
use crate::answer::{Described, JsonAnswer};
use crate::body::JsonBody;
use crate::http::Client;
use crate::problem::{Failure, OriginalProblem, Problem, ProblemCode, codes, problem_set};

/// Where the original contract is answered.
pub(crate) const ORIGINAL_PATHS: [&str; 2] = ["/wxLogin", "/users/wxLogin"];

/// What the original page posts. Fields it sends beside these are ignored.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
#[serde(rename_all = "camelCase")]
struct OriginalLoginRequest {
    /// The code `uni.login` gave.
    code: String,
    /// The picture `uni.getUserProfile` gave; WeChat's grey default is ignored.
    avatar_url: Option<String>,
    /// The nickname `uni.getUserProfile` gave; `微信用户` is ignored.
    user_name: Option<String>,
}

impl Example for OriginalLoginRequest {
    fn example() -> Self {
        Self {
            code: "0a3Xy7000lQ5bT1Yz9200WvK8g1Xy7Zs".into(),
            avatar_url: Some("https://thirdwx.qlogo.cn/mmopen/vi_32/example/132".into()),
            user_name: Some("小明".into()),
        }
    }
}

/// What the original page reads.
#[derive(Object)]
#[oai(example)]
struct OriginalLoginAnswer {
    /// Always 1.
    code: i32,
    /// Always `登录成功`.
    message: String,
    /// The user.
    data: OriginalUser,
}

/// The user, as the original contract shows it.
#[derive(Object)]
#[oai(rename_all = "camelCase", example)]
struct OriginalUser {
    /// The user's id; for a user who came from the original back end, the id it had there.
    #[oai(rename = "_id")]
    id: String,
    /// WeChat's id of the person in this app.
    open_id: String,
    /// The operator's own classification; 2 for a new user.
    user_type: i32,
    /// 1 when the user may sign in.
    status: i16,
    /// An access token of this contract: a JWT that `GET /v1/me` takes too.
    token: String,
    /// The nickname; empty while unknown.
    user_name: String,
    /// The picture's address; empty while unknown.
    avatar_url: String,
}

impl OriginalUser {
    fn of(logged_in: LoggedIn, services: &UseCases) -> Self {
        let LoggedIn { user, session, token, .. } = logged_in;
        let legacy_id = user.legacy_id.map(|id| id.as_str().to_owned());
        Self {
            id: legacy_id.unwrap_or_else(|| user.id.to_string()),
            open_id: session.open_id.as_str().to_owned(),
            user_type: user.user_type.0,
            status: user.status.code(),
            token: token.token.expose().to_owned(),
            user_name: user.nickname.map(|name| name.as_str().to_owned()).unwrap_or_default(),
            avatar_url: user
                .avatar_url
                .map_or_else(String::new, |avatar| services.avatars.address(&avatar)),
        }
    }
}

impl From<OriginalUser> for OriginalLoginAnswer {
    fn from(data: OriginalUser) -> Self {
        Self { code: 1, message: "登录成功".into(), data }
    }
}

impl Example for OriginalUser {
    fn example() -> Self {
        Self {
            id: "019b0000-7000-7000-8000-000000000001".into(),
            open_id: "oABCD1234567890abcdefghijklm".into(),
            user_type: 2,
            status: 1,
            token: "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiIs…".into(),
            user_name: "小明".into(),
            avatar_url: "https://thirdwx.qlogo.cn/mmopen/vi_32/example/132".into(),
        }
    }
}

impl Described for OriginalLoginAnswer {
    const DESCRIPTION: &'static str = "The person is signed in.";
}

impl Example for OriginalLoginAnswer {
    fn example() -> Self {
        OriginalUser::example().into()
    }
}

problem_set!(
    OriginalProblems,
    OriginalProblem,
    [codes::BODY, LOG_IN_CODES, &[ProblemCode::NotFound]]
);

/// What the original contract calls.
pub(crate) struct Original {
    pub(crate) services: UseCases,
    pub(crate) app_id: AppId,
}

pub(crate) struct OriginalApi(pub(crate) Option<Original>);

#[OpenApi(tag = "Tag::Original")]
impl OriginalApi {
    /// Sign in as the original page does · 原有前端登录
    ///
    /// Answers field for field as the Express back end did, without its `session_key`. Not found unless the operator has set `original.app_id`.
    #[oai(path = "/wxLogin", method = "post", operation_id = "originalLogIn")]
    async fn log_in(
        &self,
        client: Client,
        JsonBody(request): JsonBody<OriginalLoginRequest>,
    ) -> Result<JsonAnswer<OriginalLoginAnswer>, Failure<OriginalProblems>> {
        self.answer(client, request).await
    }

    /// Sign in as the original page does, under its other path · 原有前端登录（另一路径）
    ///
    /// The same as `POST /wxLogin`. Not found unless the operator has set `original.app_id`.
    #[oai(path = "/users/wxLogin", method = "post", operation_id = "originalLogInUnderUsers")]
    async fn log_in_under_users(
        &self,
        client: Client,
        JsonBody(request): JsonBody<OriginalLoginRequest>,
    ) -> Result<JsonAnswer<OriginalLoginAnswer>, Failure<OriginalProblems>> {
        self.answer(client, request).await
    }
}

impl OriginalApi {
    async fn answer(
        &self,
        client: Client,
        request: OriginalLoginRequest,
    ) -> Result<JsonAnswer<OriginalLoginAnswer>, Failure<OriginalProblems>> {
        let original = self.0.as_ref().ok_or(Problem::new(ProblemCode::NotFound))?;
        let request = LogInRequest {
            app_id: Some(original.app_id.as_str().to_owned()),
            code: LoginCodeClaim(request.code),
            nickname: request.user_name,
            avatar_url: request.avatar_url,
            ..LogInRequest::default()
        };
        let log_in = &original.services.log_in;
        let logged_in = log_in.log_in(request, TokenKind::Original, client.0).await?;
        Ok(JsonAnswer(OriginalUser::of(logged_in, &original.services).into()))
    }
}
