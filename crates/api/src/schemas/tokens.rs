use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Deserialize;
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::sign_in::log_in::LoggedIn;
use wxlogin_domain::usecase::tokens::refresh::Refreshed;

use super::example;
use super::phone::{Phone, PhoneRequest};
use super::user::User;
use crate::responses::Described;
use crate::problem::{Problem, ProblemCode};

/// What a mini-program sends after `wx.login`.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LoginRequest {
    /// The mini-program's AppID. May be left out when the service knows one app.
    #[oai(validator(max_length = 18))]
    pub(crate) app_id: Option<String>,
    /// The code `wx.login` gave. It works once, for five minutes.
    #[oai(validator(max_length = 128))]
    pub(crate) code: String,
    /// What the person wants to be called, at most 64 characters. WeChat's placeholder `微信用户`
    /// and anything unacceptable is ignored.
    pub(crate) nickname: Option<String>,
    /// An `https` address of the person's picture, at most 1024 bytes. WeChat's grey default,
    /// paths on the phone, what `POST /v1/me/avatar` made and anything unacceptable is ignored.
    pub(crate) avatar_url: Option<String>,
    /// The code of the phone-number button: the number it stands for is bound to the person, as
    /// `POST /v1/me/phone` does. The login holds even if that fails.
    pub(crate) phone_code: Option<String>,
    /// What the device is called in the person's list of sessions, at most 64 characters.
    /// Ignored when unacceptable.
    pub(crate) device: Option<String>,
    /// Whether a person who has asked for the account to be erased keeps it after all. Without
    /// this such a login is answered with `account_erasing`.
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

/// A session has begun.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(crate) struct LoginAnswer {
    /// The access token: a JWT signed with ES256 (RFC 7519).
    access_token: String,
    /// Always `Bearer`: send it as `Authorization: Bearer …`.
    token_type: String,
    /// How many seconds the access token holds.
    expires_in: u64,
    /// What `POST /v1/token/refresh` takes. Keep it where no other program can read it.
    refresh_token: String,
    /// How many seconds the refresh token holds; whenever it is used, the next one holds anew.
    refresh_expires_in: u64,
    /// Whether this login made the user.
    is_new_user: bool,
    /// Who is signed in.
    user: User,
    /// Why the number of `phoneCode` was not bound, as the problem code that `POST /v1/me/phone`
    /// would have answered; absent if it was bound, or none was to be. A login that is repeated says
    /// `phone_code_invalid` when the first try has used the code; `user.phone` shows what holds.
    phone_problem: Option<String>,
}

impl LoginAnswer {
    /// The answer. A stored number that cannot be shown is left out: the login holds.
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
    const DESCRIPTION: &'static str = "The person is signed in.";
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

/// What a client sends for new tokens.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    /// The refresh token of the latest answer that had one.
    pub(crate) refresh_token: String,
}

impl Example for RefreshRequest {
    fn example() -> Self {
        Self { refresh_token: RefreshAnswer::example().refresh_token }
    }
}

/// New tokens.
#[derive(Object)]
#[oai(rename_all = "camelCase", example)]
pub(crate) struct RefreshAnswer {
    /// The access token: a JWT signed with ES256 (RFC 7519).
    access_token: String,
    /// Always `Bearer`: send it as `Authorization: Bearer …`.
    token_type: String,
    /// How many seconds the access token holds.
    expires_in: u64,
    /// The refresh token to use next. The one that was sent is used up.
    refresh_token: String,
    /// How many seconds the refresh token holds.
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
    const DESCRIPTION: &'static str = "The session goes on with these tokens.";
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

/// Which session ends.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LogoutRequest {
    /// Any refresh token of the session. Without it the session of the access token ends.
    pub(crate) refresh_token: Option<String>,
}

impl Example for LogoutRequest {
    fn example() -> Self {
        Self { refresh_token: Some(RefreshAnswer::example().refresh_token) }
    }
}
