use chrono::{DateTime, Utc};
use poem_openapi::Object;
use poem_openapi::types::{Example, MaybeUndefined};
use serde::Deserialize;
use uuid::Uuid;
use wxlogin_domain::model;
use wxlogin_domain::ports::FieldChange;
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::profile::phone::binding::PhoneUnreadable;

use super::date_time::date_time;
use super::example;
use super::phone::Phone;
use crate::responses::Described;

/// A user, as the user sees it.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(crate) struct User {
    /// The user's id: a UUIDv7.
    pub(super) id: Uuid,
    /// The nickname, if known.
    pub(super) nickname: Option<String>,
    /// The URL of the avatar, if known.
    pub(super) avatar_url: Option<String>,
    /// The phone number, if one is bound.
    pub(super) phone: Option<Phone>,
    /// The operator's own classification. 2 for a new user.
    pub(super) user_type: i32,
    /// 1 if the user is active, 0 if the user is banned.
    pub(super) status: i16,
    /// When the user first signed in.
    pub(super) created_at: DateTime<Utc>,
    /// When the user last signed in. Logins within an hour after this one do not change it.
    pub(super) last_login_at: DateTime<Utc>,
}

impl User {
    /// Returns the user as the user sees it.
    pub(crate) fn own(user: model::User, services: &UseCases) -> Result<Self, PhoneUnreadable> {
        let phone = services.phones.of(&user)?.map(|number| Phone::clear(&number));
        Ok(Self::of(user, phone, services))
    }

    /// Returns the user with this phone number, whole or masked.
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
    /// Returns the example as operators see it.
    pub(super) fn masked_example() -> Self {
        Self { phone: Some(Phone::masked_example()), ..Self::example() }
    }
}

impl Described for User {
    const DESCRIPTION: &'static str = "The user that the access token belongs to.";
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

/// A change of the user's profile. Omitted fields keep their values; `null` removes the value.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProfileChange {
    /// The nickname: 1 to 64 characters, not WeChat's placeholder `微信用户`. Control characters and
    /// other invisible ones are removed first. `null` removes the nickname.
    #[oai(nullable, validator(min_length = 1))]
    #[serde(default)]
    pub(crate) nickname: MaybeUndefined<String>,
    /// The `https` URL of the avatar, at most 1024 bytes, not WeChat's grey default avatar. Upload an
    /// image on the phone using `POST /v1/me/avatar`; of the URLs from there, only the user's
    /// current one is accepted. `null` removes the avatar.
    #[oai(nullable, validator(max_length = 1024, pattern = "^https://"))]
    #[serde(default)]
    pub(crate) avatar_url: MaybeUndefined<String>,
}

impl ProfileChange {
    /// Returns what becomes of a field.
    pub(crate) fn of(field: &MaybeUndefined<String>) -> FieldChange<&str> {
        match field {
            MaybeUndefined::Undefined => FieldChange::Keep,
            MaybeUndefined::Null => FieldChange::Clear,
            MaybeUndefined::Value(text) => FieldChange::Set(text),
        }
    }
}

impl Example for ProfileChange {
    fn example() -> Self {
        let User { nickname, avatar_url, .. } = User::example();
        Self {
            nickname: MaybeUndefined::from_opt_undefined(nickname),
            avatar_url: MaybeUndefined::from_opt_undefined(avatar_url),
        }
    }
}

/// The result of an account deletion.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(crate) struct Erased {
    /// Whether the account is deleted. Otherwise it will be deleted later.
    erased: bool,
    /// When the account will be deleted. Until then, a login with `restore` cancels the deletion.
    erase_at: Option<DateTime<Utc>>,
}

impl From<Option<model::Timestamp>> for Erased {
    fn from(erase_at: Option<model::Timestamp>) -> Self {
        Self { erased: erase_at.is_none(), erase_at: erase_at.map(date_time) }
    }
}

impl Described for Erased {
    const DESCRIPTION: &'static str =
        "All sessions have ended, and the account is deleted or will be.";
}

impl Example for Erased {
    fn example() -> Self {
        Self { erased: false, erase_at: Some(example::hours(72)) }
    }
}
