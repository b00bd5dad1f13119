use mongodb::bson::{Binary, Uuid};
use wxlogin_domain::account::{
    ConflictKey, SealedSessionKey, StoredIdentity, StoredUser, Tombstone, UnionOwner,
};
use wxlogin_domain::model::{
    AppId, AvatarUrl, Identity, IdentityKey, LegacyId, Nickname, OpenId, SealedPhone, Timestamp,
    UnionConflict, UnionId, User, UserId, UserStatus, UserType,
};
use wxlogin_domain::ports::Sealed;

use super::values::{binary, checked, from_bson, keyed_tag, optional, to_bson, unexpected};
use crate::document;
use crate::error::Failure;

pub(crate) fn user_id(id: Uuid) -> UserId {
    UserId::from_uuid(from_bson(id))
}

pub(crate) fn user(document: &document::User) -> Result<User, Failure> {
    let user_type = i32::try_from(document.user_type);
    Ok(User {
        id: user_id(document.id),
        user_type: UserType(user_type.map_err(|_| unexpected("users.user_type"))?),
        status: status(document.status)?,
        nickname: document.nickname.as_deref().map(Nickname::from_store),
        avatar_url: avatar_url(document.avatar_url.as_deref())?,
        legacy_id: optional(document.legacy_id.as_deref(), LegacyId::parse, "users.legacy_id")?,
        phone: phone(document)?,
        erase_at: document.erase_at.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(document.created_at),
        updated_at: Timestamp::from_millis(document.updated_at),
        last_login_at: Timestamp::from_millis(document.last_login_at),
    })
}

/// Returns the row of a user, or of a loser with the user that it means now.
pub(crate) fn stored_user(
    document: &document::User,
    merged_into: Option<Uuid>,
) -> Result<StoredUser, Failure> {
    Ok(StoredUser { user: user(document)?, merged_into: merged_into.map(user_id) })
}

/// Returns the document of a new user without sessions.
pub(crate) fn new_user(user: &User) -> document::User {
    let mut document = document::User {
        id: to_bson(user.id.as_uuid()),
        user_type: i64::from(user.user_type.0),
        status: i64::from(user.status.code()),
        nickname: None,
        avatar_url: None,
        legacy_id: None,
        phone: None,
        phone_tag: None,
        phone_tags: None,
        merged_into: None,
        erase_at: None,
        created_at: user.created_at.as_millis(),
        updated_at: user.updated_at.as_millis(),
        last_login_at: user.last_login_at.as_millis(),
        version: 1,
        first_session: None,
        sessions: Vec::new(),
        replay_tags: None,
        outbox: Vec::new(),
        mark: None,
        merging: None,
    };
    set_user(&mut document, user);
    document
}

/// Writes a user's fields into the document.
pub(crate) fn set_user(document: &mut document::User, user: &User) {
    document.user_type = i64::from(user.user_type.0);
    document.status = i64::from(user.status.code());
    document.nickname = user.nickname.as_ref().map(|name| name.as_str().to_owned());
    document.avatar_url = user.avatar_url.as_ref().map(|url| url.as_str().to_owned());
    document.legacy_id = user.legacy_id.as_ref().map(|id| id.as_str().to_owned());
    document.phone = user.phone.as_ref().map(|phone| binary(&phone.sealed.0));
    set_phone_tag(document, user.phone.as_ref().map(|phone| binary(&phone.tag.0)));
    document.erase_at = user.erase_at.map(Timestamp::as_millis);
    document.created_at = user.created_at.as_millis();
    document.updated_at = user.updated_at.as_millis();
    document.last_login_at = user.last_login_at.as_millis();
}

/// Replaces the tag of the user's phone number, unless it is the same.
pub(crate) fn set_phone_tag(document: &mut document::User, tag: Option<Binary>) {
    if document.phone_tag != tag {
        document.phone_tags = tag.clone().map(|tag| vec![tag]);
        document.phone_tag = tag;
    }
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

fn stored_identity_key(key: &document::IdentityKey) -> Result<IdentityKey, Failure> {
    Ok(IdentityKey {
        app_id: checked(&key.app_id, AppId::parse, "identities.app_id")?,
        open_id: checked(&key.open_id, OpenId::parse, "identities.open_id")?,
    })
}

pub(crate) fn identity(document: &document::Identity) -> Result<Identity, Failure> {
    Ok(Identity {
        key: stored_identity_key(&document.key)?,
        union_id: optional(document.union_id.as_deref(), UnionId::parse, "identities.union_id")?,
    })
}

/// Returns the row of an identity that belongs to this user.
pub(crate) fn stored_identity(
    document: &document::Identity,
    user: Uuid,
) -> Result<StoredIdentity, Failure> {
    let Identity { key, union_id } = identity(document)?;
    let session_key = match (&document.session_key, &document.session_key_tag) {
        (Some(sealed), Some(tag)) => {
            let tag = keyed_tag(tag, "identities.session_key_tag")?;
            let at = Timestamp::from_millis(document.session_key_at.unwrap_or_default());
            Some((SealedSessionKey { sealed: Sealed(sealed.bytes.clone()), tag }, at))
        }
        _ => None,
    };
    let previous = document.previous_session_key.as_ref().map(|key| Sealed(key.bytes.clone()));
    let until = document.previous_session_key_until.map(Timestamp::from_millis);
    Ok(StoredIdentity {
        key,
        user_id: user_id(user),
        tombstone: keyed_tag(&document.tombstone, "identities.tombstone")?,
        union_id,
        session_key,
        previous_session_key: previous.zip(until),
    })
}

/// Returns the document of a new identity with this claim.
pub(crate) fn new_identity(identity: &StoredIdentity, claim: Uuid) -> document::Identity {
    let key = identity.session_key.as_ref();
    let previous = identity.previous_session_key.as_ref();
    document::Identity {
        key: identity_key(&identity.key),
        user_id: to_bson(identity.user_id.as_uuid()),
        claim: Some(claim),
        tombstone: binary(&identity.tombstone.0),
        union_id: identity.union_id.as_ref().map(|id| id.as_str().to_owned()),
        session_key: key.map(|(key, _)| binary(&key.sealed.0)),
        session_key_tag: key.map(|(key, _)| binary(&key.tag.0)),
        session_key_at: key.map(|(_, at)| at.as_millis()),
        previous_session_key: previous.map(|(key, _)| binary(&key.0)),
        previous_session_key_until: previous.map(|(_, until)| until.as_millis()),
    }
}

/// Returns the row of a unionid that this user owns.
pub(crate) fn union_owner(document: &document::UnionId, user: Uuid) -> Result<UnionOwner, Failure> {
    Ok(UnionOwner {
        union_id: checked(&document.union_id, UnionId::parse, "union_ids.union_id")?,
        user_id: user_id(user),
        tombstone: keyed_tag(&document.tombstone, "union_ids.tombstone")?,
    })
}

pub(crate) fn new_union_id(owner: &UnionOwner) -> document::UnionId {
    document::UnionId {
        union_id: owner.union_id.as_str().to_owned(),
        user_id: to_bson(owner.user_id.as_uuid()),
        tombstone: binary(&owner.tombstone.0),
    }
}

pub(crate) fn tombstone(document: &document::Tombstone) -> Result<Tombstone, Failure> {
    Ok(Tombstone {
        tag: keyed_tag(&document.tag, "tombstones.tag")?,
        app_id: optional(document.app_id.as_deref(), AppId::parse, "tombstones.app_id")?,
        user_id: user_id(document.user_id),
        created_at: Timestamp::from_millis(document.created_at),
    })
}

pub(crate) fn conflict(document: &document::Conflict) -> Result<UnionConflict, Failure> {
    let key = &document.key;
    Ok(UnionConflict {
        id: from_bson(document.id),
        identity: IdentityKey {
            app_id: checked(&key.app_id, AppId::parse, "identity_conflicts.app_id")?,
            open_id: checked(&key.open_id, OpenId::parse, "identity_conflicts.open_id")?,
        },
        union_id: checked(&key.union_id, UnionId::parse, "identity_conflicts.union_id")?,
        user_id: user_id(document.user_id),
        owner: document.owner_id.map(user_id),
        first_seen_at: Timestamp::from_millis(document.first_seen_at),
    })
}

pub(crate) fn conflict_key(key: &ConflictKey) -> document::ConflictKey {
    document::ConflictKey {
        app_id: key.identity.app_id.as_str().to_owned(),
        open_id: key.identity.open_id.as_str().to_owned(),
        union_id: key.union_id.as_str().to_owned(),
    }
}

pub(crate) fn new_conflict(conflict: &UnionConflict) -> document::Conflict {
    document::Conflict {
        key: conflict_key(&ConflictKey::of(conflict)),
        id: to_bson(conflict.id),
        user_id: to_bson(conflict.user_id.as_uuid()),
        owner_id: conflict.owner.map(|owner| to_bson(owner.as_uuid())),
        first_seen_at: conflict.first_seen_at.as_millis(),
    }
}
