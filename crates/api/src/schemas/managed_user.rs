use chrono::{DateTime, Utc};
use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Deserialize;
use uuid::Uuid;
use wxlogin_domain::model::{self, ApiClient, Scope, UserId, UserStatus};
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::admin::users::{self, UserDetails};
use wxlogin_domain::usecase::profile::phone::binding::PhoneUnreadable;

use super::date_time::date_time;
use super::example;
use super::not_null::not_null;
use super::phone::Phone;
use super::session::Session;
use super::user::User;
use crate::responses::Described;

/// A user, as operators see it.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(crate) struct ManagedUser {
    #[oai(flatten)]
    user: User,
    /// The user's id in the system that wxlogin replaced, if the user was imported from there.
    legacy_id: Option<String>,
    /// When the account will be deleted, if the user has requested that.
    erase_at: Option<DateTime<Utc>>,
}

impl ManagedUser {
    /// Returns the user as this client may see it.
    pub(crate) fn of(
        user: model::User,
        services: &UseCases,
        client: &ApiClient,
    ) -> Result<Self, PhoneUnreadable> {
        let whole = client.may(Scope::Phone);
        let phone = services.phones.of(&user)?;
        let phone =
            phone.map(|number| if whole { Phone::clear(&number) } else { Phone::masked(&number) });
        Ok(Self {
            legacy_id: user.legacy_id.as_ref().map(|id| id.as_str().to_owned()),
            erase_at: user.erase_at.map(date_time),
            user: User::of(user, phone, services),
        })
    }
}

impl Example for ManagedUser {
    fn example() -> Self {
        Self {
            user: User::masked_example(),
            legacy_id: Some("63f1c0ffee63f1c0ffee63f1".into()),
            erase_at: Some(example::hours(72)),
        }
    }
}

/// A user's identity in WeChat.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
struct Identity {
    /// The mini-program's AppID.
    app_id: String,
    /// WeChat's id of the user in this app.
    open_id: String,
    /// WeChat's id of the user across apps, if known.
    union_id: Option<String>,
}

impl From<model::Identity> for Identity {
    fn from(identity: model::Identity) -> Self {
        Self {
            app_id: identity.key.app_id.as_str().to_owned(),
            open_id: identity.key.open_id.as_str().to_owned(),
            union_id: identity.union_id.map(|union_id| union_id.as_str().to_owned()),
        }
    }
}

impl Example for Identity {
    fn example() -> Self {
        Self {
            app_id: example::APP.into(),
            open_id: "oABCD1234567890abcdefghijklm".into(),
            union_id: Some("uABCD1234567890abcdefghijklm".into()),
        }
    }
}

/// A user with identities and sessions.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(crate) struct ManagedUserDetails {
    #[oai(flatten)]
    user: ManagedUser,
    /// The user's identities in WeChat.
    identities: Vec<Identity>,
    /// The user's sessions, most recently used first.
    sessions: Vec<Session>,
}

impl ManagedUserDetails {
    pub(crate) fn of(
        details: UserDetails,
        services: &UseCases,
        client: &ApiClient,
    ) -> Result<Self, PhoneUnreadable> {
        Ok(Self {
            user: ManagedUser::of(details.user, services, client)?,
            identities: details.identities.into_iter().map(Into::into).collect(),
            sessions: details.sessions.into_iter().map(Into::into).collect(),
        })
    }
}

impl Described for ManagedUserDetails {
    const DESCRIPTION: &'static str = "The user.";
}

impl Example for ManagedUserDetails {
    fn example() -> Self {
        Self {
            user: ManagedUser::example(),
            identities: vec![Identity::example()],
            sessions: vec![Session::example()],
        }
    }
}

/// What a change came to: the user after the change, or a ban that was lifted.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(crate) struct ChangedUser {
    /// The user's id.
    id: Uuid,
    /// 1 if the user is active, 0 if the user is banned.
    status: i16,
    /// Whether the account was deleted earlier, and the ban that had outlived it was lifted: the person
    /// can sign up again. The fields below are absent then.
    ban_lifted: bool,
    /// The nickname, if known.
    nickname: Option<String>,
    /// The URL of the avatar, if known.
    avatar_url: Option<String>,
    /// The phone number, if one is bound.
    phone: Option<Phone>,
    /// The operator's own classification. 2 for a new user.
    user_type: Option<i32>,
    /// When the user first signed in.
    created_at: Option<DateTime<Utc>>,
    /// When the user last signed in.
    last_login_at: Option<DateTime<Utc>>,
    /// The user's id in the system that wxlogin replaced, if the user was imported from there.
    legacy_id: Option<String>,
    /// When the account will be deleted, if the user has requested that.
    erase_at: Option<DateTime<Utc>>,
}

impl ChangedUser {
    /// Returns the result as this client may see it.
    pub(crate) fn of(
        changed: users::ChangedUser,
        services: &UseCases,
        client: &ApiClient,
    ) -> Result<Self, PhoneUnreadable> {
        match changed {
            users::ChangedUser::Changed(user) => {
                ManagedUser::of(user, services, client).map(Self::from)
            }
            users::ChangedUser::BanLifted(id) => Ok(Self {
                id: id.as_uuid(),
                status: UserStatus::Active.code(),
                ban_lifted: true,
                nickname: None,
                avatar_url: None,
                phone: None,
                user_type: None,
                created_at: None,
                last_login_at: None,
                legacy_id: None,
                erase_at: None,
            }),
        }
    }
}

impl From<ManagedUser> for ChangedUser {
    fn from(ManagedUser { user, legacy_id, erase_at }: ManagedUser) -> Self {
        Self {
            id: user.id,
            status: user.status,
            ban_lifted: false,
            nickname: user.nickname,
            avatar_url: user.avatar_url,
            phone: user.phone,
            user_type: Some(user.user_type),
            created_at: Some(user.created_at),
            last_login_at: Some(user.last_login_at),
            legacy_id,
            erase_at,
        }
    }
}

impl Described for ChangedUser {
    const DESCRIPTION: &'static str =
        "The user after the change, or the id of a deleted user whose ban was lifted.";
}

impl Example for ChangedUser {
    fn example() -> Self {
        Self { status: 0, ..ManagedUser::example().into() }
    }
}

/// A page of users.
#[derive(Object)]
#[oai(skip_serializing_if_is_none, example)]
pub(crate) struct UserPage {
    /// The users, sorted by id.
    users: Vec<ManagedUser>,
    /// The value of `after` for the next page. Absent on the last page.
    next: Option<Uuid>,
}

impl UserPage {
    pub(crate) fn of(
        (users, next): (Vec<model::User>, Option<UserId>),
        services: &UseCases,
        client: &ApiClient,
    ) -> Result<Self, PhoneUnreadable> {
        let users = users.into_iter().map(|user| ManagedUser::of(user, services, client));
        Ok(Self { users: users.collect::<Result<_, _>>()?, next: next.map(UserId::as_uuid) })
    }
}

impl Described for UserPage {
    const DESCRIPTION: &'static str = "A page of users.";
}

impl Example for UserPage {
    fn example() -> Self {
        Self { users: vec![ManagedUser::example()], next: Some(example::USER) }
    }
}

/// A change of a user's status, type or both.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ManagedUserChange {
    /// 0 bans the user and ends all sessions. 1 unbans the user, also one who was deleted since.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) status: Option<i16>,
    /// The operator's own classification. Access tokens have it from the next refresh on.
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) user_type: Option<i32>,
    /// The reason for the audit log: 1 to 64 letters, digits, `_` or `-`, no personal data.
    #[oai(validator(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$"))]
    pub(crate) reason: String,
}

impl Example for ManagedUserChange {
    fn example() -> Self {
        Self { status: Some(0), user_type: Some(2), reason: "spam".into() }
    }
}
