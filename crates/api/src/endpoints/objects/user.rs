use chrono::{DateTime, Utc};
use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Deserialize;
use uuid::Uuid;
use wxlogin_domain::model;
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::profile::phone::binding::PhoneUnreadable;

use super::{Phone, date_time, example};
use crate::answer::Described;

/// A user, as shown to that user.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(in crate::endpoints) struct User {
    /// The user's id: a UUIDv7.
    id: Uuid,
    /// What the person wants to be called, once known.
    nickname: Option<String>,
    /// Where the person's picture is, once known.
    avatar_url: Option<String>,
    /// The person's phone number, once it is bound.
    phone: Option<Phone>,
    /// The operator's own classification; 2 for a new user.
    user_type: i32,
    /// 1 when the user may sign in, 0 when the user is disabled.
    status: i16,
    /// When the person signed in first.
    created_at: DateTime<Utc>,
    /// When the person signed in last.
    last_login_at: DateTime<Utc>,
}

impl User {
    /// The user, to themselves.
    pub(in crate::endpoints) fn own(
        user: model::User,
        services: &UseCases,
    ) -> Result<Self, PhoneUnreadable> {
        let phone = services.phones.of(&user)?.map(|number| Phone::clear(&number));
        Ok(Self::of(user, phone, services))
    }

    /// The user with the number that was made of the stored one.
    pub(super) fn of(user: model::User, phone: Option<Phone>, services: &UseCases) -> Self {
        Self {
            phone,
            id: user.id.as_uuid(),
            nickname: user.nickname.map(|nickname| nickname.as_str().to_owned()),
            avatar_url: user.avatar_url.map(|avatar| services.avatars.address(&avatar)),
            user_type: user.user_type.0,
            status: user.status.code(),
            created_at: date_time(user.created_at),
            last_login_at: date_time(user.last_login_at),
        }
    }
}

impl User {
    /// The example, as operators see it.
    pub(super) fn masked_example() -> Self {
        Self { phone: Some(Phone::masked_example()), ..Self::example() }
    }
}

impl Described for User {
    const DESCRIPTION: &'static str = "The user the token speaks for.";
}

impl Example for User {
    fn example() -> Self {
        Self {
            id: example::USER,
            nickname: Some("小明".into()),
            avatar_url: Some("https://cdn.example.com/avatars/xiaoming.png".into()),
            phone: Some(Phone::example()),
            user_type: 2,
            status: 1,
            created_at: example::hours(0),
            last_login_at: example::hours(24),
        }
    }
}

/// What a person changes about the account. What is left out stays as it is.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::endpoints) struct ProfileChange {
    /// What the person wants to be called: 1 to 64 characters, no control characters, and not
    /// WeChat's placeholder `微信用户`.
    pub(in crate::endpoints) nickname: Option<String>,
    /// An `https` address of the person's picture, at most 1024 bytes; not WeChat's grey default. A
    /// picture on the phone goes to `POST /v1/me/avatar`. An address that was made there is taken
    /// as long as it is the one that the user has.
    pub(in crate::endpoints) avatar_url: Option<String>,
}

impl Example for ProfileChange {
    fn example() -> Self {
        let User { nickname, avatar_url, .. } = User::example();
        Self { nickname, avatar_url }
    }
}

/// What became of the account.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(in crate::endpoints) struct Erased {
    /// Whether everything is gone. Otherwise the account will be erased later.
    erased: bool,
    /// Until when a login with `restore` keeps the account.
    erase_at: Option<DateTime<Utc>>,
}

impl From<Option<model::Timestamp>> for Erased {
    fn from(erase_at: Option<model::Timestamp>) -> Self {
        Self { erased: erase_at.is_none(), erase_at: erase_at.map(date_time) }
    }
}

impl Described for Erased {
    const DESCRIPTION: &'static str =
        "The person is signed out everywhere, and the account is gone or going.";
}

impl Example for Erased {
    fn example() -> Self {
        Self { erased: false, erase_at: Some(example::hours(72)) }
    }
}
