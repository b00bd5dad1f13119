use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Deserialize;
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::sign_in::log_in::LoggedIn;
use wxlogin_domain::usecase::tokens::refresh::Refreshed;

use super::example;
use super::phone::{Phone, PhoneRequest};
use super::user::User;
use crate::problem::{Problem, ProblemCode};
use crate::responses::Described;

/// A login with a `wx.login` code.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LoginRequest {
    /// The mini-program's AppID. Optional if only one app is configured.
    #[oai(nullable, validator(pattern = "^wx[a-z0-9]{16}$"))]
    pub(crate) app_id: Option<String>,
    /// The code from `wx.login`. Valid once, for five minutes.
    #[oai(validator(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_-]+$"))]
    pub(crate) code: String,
    /// The user's nickname, at most 64 characters. Control characters and other invisible ones are
    /// removed. WeChat's placeholder `微信用户`, `null` and invalid values are ignored.
    #[oai(nullable)]
    pub(crate) nickname: Option<String>,
    /// The `https` URL of the user's avatar, at most 1024 bytes. WeChat's grey default avatars, paths
    /// on the phone, URLs from `POST /v1/me/avatar` and invalid values are ignored.
    #[oai(nullable)]
    pub(crate) avatar_url: Option<String>,
    /// The code of the phone-number button. wxlogin binds its phone number to the user, like
    /// `POST /v1/me/phone`. The login succeeds even if that fails.
    #[oai(nullable)]
    pub(crate) phone_code: Option<String>,
    /// The name of the device for the user's list of sessions, at most 64 characters. Invalid values
    /// are ignored.
    #[oai(nullable)]
    pub(crate) device: Option<String>,
    /// Whether to cancel a requested account deletion. Without this, the login of a user who has
    /// requested deletion fails with `account_erasing`.
    #[oai(nullable)]
    pub(crate) restore: Option<bool>,
}

impl Example for LoginRequest {
    fn example() -> Self {
        Self {
            app_id: Some(example::APP.into()),
            code: "0a3Xy7000lQ5bT1Yz9200WvK8g1Xy7Zs".into(),
            nickname: Some("小明".into()),
            avatar_url: Some("https://cdn.example.com/avatars/xiaoming.png".into()),
            phone_code: Some(PhoneRequest::example().code),
            device: Some("iPhone 17".into()),
            restore: Some(false),
        }
    }
}

/// A new session and its tokens.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(crate) struct LoginAnswer {
    /// The access token: a JWT signed with ES256 (RFC 7519).
    access_token: String,
    /// Always `Bearer`: send it as `Authorization: Bearer …`.
    token_type: String,
    /// For how many seconds the access token is valid.
    expires_in: u64,
    /// The token for `POST /v1/token/refresh`. Store it where no other program can read it.
    refresh_token: String,
    /// For how many seconds the refresh token is valid. Each refresh returns a new refresh token with
    /// a new lifetime.
    refresh_expires_in: u64,
    /// Whether this login created the user.
    is_new_user: bool,
    /// The signed-in user.
    user: User,
    /// Why the phone number of `phoneCode` was not bound, as the problem code that
    /// `POST /v1/me/phone` would have returned. Absent if the number was bound or the request had no
    /// `phoneCode`. A repeated login has `phone_code_invalid` if the first attempt used the code;
    /// check `user.phone` then.
    phone_problem: Option<String>,
}

impl LoginAnswer {
    /// Builds the response. A stored phone number that cannot be decrypted is omitted, so that the
    /// login still succeeds.
    pub(crate) fn of(logged_in: LoggedIn, services: &UseCases) -> Self {
        let phone = services.phones.of(&logged_in.user).ok().flatten();
        let phone_problem = logged_in.phone_problem.map(|error| Problem::from(error).code);
        Self {
            access_token: logged_in.token.token.expose().to_owned(),
            token_type: "Bearer".into(),
            expires_in: logged_in.token.expires_in.as_secs(),
            refresh_token: logged_in.refresh.token.expose().to_owned(),
            refresh_expires_in: logged_in.refresh.expires_in.as_secs(),
            is_new_user: logged_in.is_new,
            user: User::of(logged_in.user, phone.as_ref().map(Phone::clear), services),
            phone_problem: phone_problem.map(|code| code.as_str().to_owned()),
        }
    }
}

impl Described for LoginAnswer {
    const DESCRIPTION: &'static str = "The user is signed in.";
}

impl Example for LoginAnswer {
    fn example() -> Self {
        let RefreshAnswer {
            access_token,
            token_type,
            expires_in,
            refresh_token,
            refresh_expires_in,
        } = RefreshAnswer::example();
        Self {
            access_token,
            token_type,
            expires_in,
            refresh_token,
            refresh_expires_in,
            is_new_user: true,
            user: User::example(),
            phone_problem: Some(ProblemCode::PhoneTaken.as_str().to_owned()),
        }
    }
}

/// A request for new tokens.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    /// The refresh token from the latest login or refresh.
    #[oai(validator(min_length = 1))]
    pub(crate) refresh_token: String,
}

impl Example for RefreshRequest {
    fn example() -> Self {
        Self { refresh_token: RefreshAnswer::example().refresh_token }
    }
}

/// New tokens of the session.
#[derive(Object)]
#[oai(rename_all = "camelCase", example)]
pub(crate) struct RefreshAnswer {
    /// The access token: a JWT signed with ES256 (RFC 7519).
    access_token: String,
    /// Always `Bearer`: send it as `Authorization: Bearer …`.
    token_type: String,
    /// For how many seconds the access token is valid.
    expires_in: u64,
    /// The refresh token for the next refresh. The one that was sent can no longer be used.
    refresh_token: String,
    /// For how many seconds the refresh token is valid.
    refresh_expires_in: u64,
}

impl From<Refreshed> for RefreshAnswer {
    fn from(Refreshed { access, refresh }: Refreshed) -> Self {
        Self {
            access_token: access.token.expose().to_owned(),
            token_type: "Bearer".into(),
            expires_in: access.expires_in.as_secs(),
            refresh_token: refresh.token.expose().to_owned(),
            refresh_expires_in: refresh.expires_in.as_secs(),
        }
    }
}

impl Described for RefreshAnswer {
    const DESCRIPTION: &'static str = "The session continues with these tokens.";
}

impl Example for RefreshAnswer {
    fn example() -> Self {
        Self {
            access_token: "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiIs…".into(),
            token_type: "Bearer".into(),
            expires_in: 900,
            refresh_token: "AUkxbmQBmwAAcABwAIAAAAAAAAAC…".into(),
            refresh_expires_in: 2_592_000,
        }
    }
}

/// The session to end.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LogoutRequest {
    /// A refresh token of the session, current or old. Without it, the session of the access token
    /// ends.
    #[oai(nullable)]
    pub(crate) refresh_token: Option<String>,
}

impl Example for LogoutRequest {
    fn example() -> Self {
        Self { refresh_token: Some(RefreshAnswer::example().refresh_token) }
    }
}
