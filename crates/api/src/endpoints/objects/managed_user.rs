use chrono::{DateTime, Utc};
use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Deserialize;
use uuid::Uuid;
use wxlogin_domain::model::{self, ApiClient, Scope, UserId};
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::admin::users::UserDetails;
use wxlogin_domain::usecase::profile::phone::binding::PhoneUnreadable;

use super::session::Session;
use super::{Phone, User, date_time, example};
use crate::answer::Described;

/// A user, as shown to operators.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(in crate::endpoints) struct ManagedUser {
    #[oai(flatten)]
    user: User,
    /// The id the user had in the system that wxlogin replaced, if it came from there.
    legacy_id: Option<String>,
    /// When the account will be erased, if the person has asked for that.
    erase_at: Option<DateTime<Utc>>,
}

impl ManagedUser {
    /// The user as this client may see it.
    pub(in crate::endpoints) fn of(
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

impl Described for ManagedUser {
    const DESCRIPTION: &'static str = "The user as it is now.";
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

/// As whom WeChat knows a user.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
struct Identity {
    /// Through which mini-program.
    app_id: String,
    /// The person within that app.
    open_id: String,
    /// The person across apps, once WeChat has said so.
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

/// A user with everything an operator may see.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(in crate::endpoints) struct ManagedUserDetails {
    #[oai(flatten)]
    user: ManagedUser,
    /// As whom WeChat knows the user.
    identities: Vec<Identity>,
    /// Where the user is signed in, the latest used first.
    sessions: Vec<Session>,
}

impl ManagedUserDetails {
    pub(in crate::endpoints) fn of(
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

/// Some of the users.
#[derive(Object)]
#[oai(skip_serializing_if_is_none, example)]
pub(in crate::endpoints) struct UserPage {
    /// The users, in the order of their ids.
    users: Vec<ManagedUser>,
    /// What to ask with as `after` for the next page; absent on the last one.
    next: Option<Uuid>,
}

impl UserPage {
    pub(in crate::endpoints) fn of(
        (users, next): (Vec<model::User>, Option<UserId>),
        services: &UseCases,
        client: &ApiClient,
    ) -> Result<Self, PhoneUnreadable> {
        let users = users.into_iter().map(|user| ManagedUser::of(user, services, client));
        Ok(Self { users: users.collect::<Result<_, _>>()?, next: next.map(UserId::as_uuid) })
    }
}

impl Described for UserPage {
    const DESCRIPTION: &'static str = "Some of the users.";
}

impl Example for UserPage {
    fn example() -> Self {
        Self { users: vec![ManagedUser::example()], next: Some(example::USER) }
    }
}

/// What an operator changes about a user: status, type or both.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::endpoints) struct ManagedUserChange {
    /// 0 disables the user and ends all sessions, 1 lets the user sign in again.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    pub(in crate::endpoints) status: Option<i16>,
    /// The operator's own classification. Tokens say it from the next refresh on.
    pub(in crate::endpoints) user_type: Option<i32>,
    /// Why, for the audit log: a code of 1 to 64 letters, digits, `_` or `-`, nothing personal.
    #[oai(validator(max_length = 64))]
    pub(in crate::endpoints) reason: String,
}

impl Example for ManagedUserChange {
    fn example() -> Self {
        Self { status: Some(0), user_type: Some(2), reason: "spam".into() }
    }
}
