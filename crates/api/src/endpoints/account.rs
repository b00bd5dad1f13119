use std::sync::Arc;

use chrono::{DateTime, Utc};
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;
use wxlogin_domain::model;
use wxlogin_domain::usecase::current_user::CurrentUser;

use super::{Tag, wired};
use crate::body::{Described, JsonAnswer};
use crate::problem::{Failure, ProblemCode, ProblemDetails, ProblemSet, codes};
use crate::security::AccessTokenScheme;

/// A user, as shown to that user.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(super) struct User {
    /// The user's id: a UUIDv7.
    id: Uuid,
    /// What the person wants to be called, once known.
    nickname: Option<String>,
    /// Where the person's picture is, once known.
    avatar_url: Option<String>,
    /// The operator's own classification; 2 for a new user.
    user_type: i32,
    /// 1 when the user may sign in, 0 when the user is disabled.
    status: i16,
    /// When the person signed in first.
    created_at: DateTime<Utc>,
    /// When the person signed in last.
    last_login_at: DateTime<Utc>,
}

impl From<model::User> for User {
    fn from(user: model::User) -> Self {
        Self {
            id: user.id.as_uuid(),
            nickname: user.nickname.map(|nickname| nickname.as_str().to_owned()),
            avatar_url: user.avatar_url.map(|url| url.as_str().to_owned()),
            user_type: user.user_type.0,
            status: user.status.code(),
            created_at: date_time(user.created_at),
            last_login_at: date_time(user.last_login_at),
        }
    }
}

impl Described for User {
    const DESCRIPTION: &'static str = "The user the token speaks for.";
}

impl Example for User {
    fn example() -> Self {
        Self {
            id: Uuid::from_u128(0x019b_0000_7000_7000_8000_0000_0000_0001),
            nickname: Some("小明".into()),
            avatar_url: Some("https://cdn.example.com/avatars/xiaoming.png".into()),
            user_type: 2,
            status: 1,
            created_at: date_time(model::Timestamp::from_seconds(1_767_225_600)),
            last_login_at: date_time(model::Timestamp::from_seconds(1_767_312_000)),
        }
    }
}

fn date_time(at: model::Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.as_millis()).unwrap_or_default()
}

struct MeProblems;

impl ProblemSet for MeProblems {
    type Body = ProblemDetails;
    const CODES: &'static [&'static [ProblemCode]] = &[
        codes::ALWAYS,
        &[ProblemCode::TokenInvalid, ProblemCode::UserDisabled, ProblemCode::StoreUnavailable],
    ];
}

pub(crate) struct AccountApi(pub(crate) Option<Arc<CurrentUser>>);

#[OpenApi(tag = "Tag::Account")]
impl AccountApi {
    /// Show the signed-in user · 当前用户
    #[oai(path = "/v1/me", method = "get", operation_id = "getMeV1")]
    async fn show(
        &self,
        token: AccessTokenScheme,
    ) -> Result<JsonAnswer<User>, Failure<MeProblems>> {
        let user = wired(self.0.as_ref())?.show(&token.0.token).await?;
        Ok(JsonAnswer(user.into()))
    }
}
