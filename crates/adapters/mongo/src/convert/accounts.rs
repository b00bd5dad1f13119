use wxlogin_domain::model::{
    AppId, AvatarUrl, Identity, IdentityKey, LegacyId, Nickname, OpenId, SealedPhone, Timestamp,
    UnionConflict, UnionId, User, UserId, UserStatus, UserType,
};
use wxlogin_domain::ports::{Sealed, SealedSessionKey, SessionKeys};

use super::values::{checked, from_bson, keyed_tag, optional, unexpected};
use crate::document;
use crate::error::Failure;

pub(crate) fn user(document: &document::User) -> Result<User, Failure> {
    let user_type = i32::try_from(document.user_type);
    Ok(User {
        id: UserId::from_uuid(from_bson(document.id)),
        user_type: UserType(user_type.map_err(|_| unexpected("users.user_type"))?),
        status: status(document.status)?,
        nickname: optional(document.nickname.as_deref(), Nickname::parse, "users.nickname")?,
        avatar_url: avatar_url(document.avatar_url.as_deref())?,
        legacy_id: optional(document.legacy_id.as_deref(), LegacyId::parse, "users.legacy_id")?,
        phone: phone(document)?,
        erase_at: document.erase_at.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(document.created_at),
        updated_at: Timestamp::from_millis(document.updated_at),
        last_login_at: Timestamp::from_millis(document.last_login_at),
    })
}

fn avatar_url(text: Option<&str>) -> Result<Option<AvatarUrl>, Failure> {
    optional(text, AvatarUrl::from_store, "users.avatar_url")
}

fn phone(document: &document::User) -> Result<Option<SealedPhone>, Failure> {
    let (Some(sealed), Some(tag)) = (&document.phone, &document.phone_tag) else {
        return Ok(None);
    };
    let tag = keyed_tag(tag, "users.phone_tag")?;
    Ok(Some(SealedPhone { sealed: Sealed(sealed.bytes.clone()), tag }))
}

pub(crate) fn status(code: i64) -> Result<UserStatus, Failure> {
    let status = i16::try_from(code).ok().and_then(UserStatus::from_code);
    status.ok_or_else(|| unexpected("users.status"))
}

pub(crate) fn identity_key(key: &IdentityKey) -> document::IdentityKey {
    document::IdentityKey {
        app_id: key.app_id.as_str().to_owned(),
        open_id: key.open_id.as_str().to_owned(),
    }
}

pub(crate) fn identity(document: &document::Identity) -> Result<Identity, Failure> {
    let key = &document.key;
    Ok(Identity {
        key: IdentityKey {
            app_id: checked(&key.app_id, AppId::parse, "identities.app_id")?,
            open_id: checked(&key.open_id, OpenId::parse, "identities.open_id")?,
        },
        union_id: optional(document.union_id.as_deref(), UnionId::parse, "identities.union_id")?,
    })
}

/// Returns the session keys of an identity, if it has any.
pub(crate) fn session_keys(identity: document::Identity) -> Result<Option<SessionKeys>, Failure> {
    let (Some(sealed), Some(tag)) = (identity.session_key, identity.session_key_tag) else {
        return Ok(None);
    };
    let tag = keyed_tag(&tag, "identities.session_key_tag")?;
    let current = SealedSessionKey { sealed: Sealed(sealed.bytes), tag };
    let previous = identity.previous_session_key.map(|sealed| Sealed(sealed.bytes));
    let until = identity.previous_session_key_until.map(Timestamp::from_millis);
    Ok(Some(SessionKeys { current, previous: previous.zip(until) }))
}

pub(crate) fn conflict(document: &document::Conflict) -> Result<UnionConflict, Failure> {
    let key = &document.key;
    Ok(UnionConflict {
        identity: IdentityKey {
            app_id: checked(&key.app_id, AppId::parse, "identity_conflicts.app_id")?,
            open_id: checked(&key.open_id, OpenId::parse, "identity_conflicts.open_id")?,
        },
        union_id: checked(&key.union_id, UnionId::parse, "identity_conflicts.union_id")?,
        user_id: UserId::from_uuid(from_bson(document.user_id)),
        owner: document.owner_id.map(|owner| UserId::from_uuid(from_bson(owner))),
        first_seen_at: Timestamp::from_millis(document.first_seen_at),
    })
}
