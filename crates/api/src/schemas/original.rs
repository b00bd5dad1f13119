use poem_openapi::types::Example;
use poem_openapi::{ApiRequest, Object};
use serde::Deserialize;
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::sign_in::log_in::LoggedIn;

use crate::extractors::{Form, FormBody, FromForm, JsonBody};
use crate::problem::Problem;
use crate::responses::Described;

/// The request of the original page. Unknown fields are ignored.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OriginalLoginRequest {
    /// The code from `uni.login`.
    #[oai(validator(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_-]+$"))]
    pub(crate) code: String,
    /// The avatar from `uni.getUserProfile`. WeChat's grey default avatar is ignored.
    #[oai(nullable)]
    pub(crate) avatar_url: Option<String>,
    /// The nickname from `uni.getUserProfile`. `微信用户` is ignored.
    #[oai(nullable)]
    pub(crate) user_name: Option<String>,
}

impl FromForm for OriginalLoginRequest {
    fn from_form(form: &Form) -> Result<Self, Problem> {
        Ok(Self {
            code: form.required("code")?.to_owned(),
            avatar_url: form.optional("avatarUrl")?.map(str::to_owned),
            user_name: form.optional("userName")?.map(str::to_owned),
        })
    }
}

/// The request in either form that the original back end accepted.
#[derive(ApiRequest)]
pub(crate) enum OriginalLoginBody {
    Json(JsonBody<OriginalLoginRequest>),
    Form(FormBody<OriginalLoginRequest>),
}

impl OriginalLoginBody {
    pub(crate) fn into_request(self) -> OriginalLoginRequest {
        match self {
            Self::Json(JsonBody(request)) | Self::Form(FormBody(request)) => request,
        }
    }
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

/// The response for the original page.
#[derive(Object)]
#[oai(example)]
pub(crate) struct OriginalLoginAnswer {
    /// Always 1.
    code: i32,
    /// Always `登录成功`.
    message: String,
    /// The user.
    data: OriginalUser,
}

/// The user in the original contract.
#[derive(Object)]
#[oai(rename_all = "camelCase", example)]
struct OriginalUser {
    /// The user's id. For a user who was imported from the original back end, the id there.
    #[oai(rename = "_id")]
    id: String,
    /// WeChat's id of the user in this app.
    open_id: String,
    /// The operator's own classification. 2 for a new user.
    user_type: i32,
    /// Always 1: the user is not banned.
    status: i16,
    /// An access token: a JWT that `GET /v1/me` accepts too.
    token: String,
    /// The nickname. Empty if unknown.
    user_name: String,
    /// The URL of the avatar. Empty if unknown.
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

impl OriginalLoginAnswer {
    pub(crate) fn of(logged_in: LoggedIn, services: &UseCases) -> Self {
        OriginalUser::of(logged_in, services).into()
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
    const DESCRIPTION: &'static str = "The user is signed in.";
}

impl Example for OriginalLoginAnswer {
    fn example() -> Self {
        OriginalUser::example().into()
    }
}
