use wxlogin_domain::account::{
    SealedSessionKey, StoredIdentity, StoredUser, Tombstone, UnionOwner,
};
use wxlogin_domain::model::{
    AppId, AvatarUrl, Identity, IdentityKey, LegacyId, Nickname, OpenId, SealedPhone, Timestamp,
    UnionConflict, UnionId, User, UserId, UserStatus, UserType,
};
use wxlogin_domain::ports::{Sealed, StoreError};

use super::value::{checked, optional, tag, unexpected};
use crate::entity::{identity, identity_conflict, tombstone, union_id, user};

pub(crate) fn user(row: user::Model) -> Result<User, StoreError> {
    Ok(User {
        id: UserId::from_uuid(row.id),
        user_type: UserType(row.user_type),
        status: UserStatus::from_code(row.status).ok_or_else(|| unexpected("users.status"))?,
        nickname: row.nickname.as_deref().map(Nickname::from_store),
        avatar_url: optional(row.avatar_url, AvatarUrl::from_store, "users.avatar_url")?,
        legacy_id: optional(row.legacy_id, LegacyId::parse, "users.legacy_id")?,
        phone: phone(row.phone, row.phone_tag)?,
        erase_at: row.erase_at.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
        last_login_at: Timestamp::from_millis(row.last_login_at),
    })
}

fn phone(
    sealed: Option<Vec<u8>>,
    with: Option<Vec<u8>>,
) -> Result<Option<SealedPhone>, StoreError> {
    let Some(sealed) = sealed else { return Ok(None) };
    let tag = tag(with.unwrap_or_default(), "users.phone_tag")?;
    Ok(Some(SealedPhone { sealed: Sealed(sealed), tag }))
}

pub(crate) fn stored_user(row: user::Model) -> Result<StoredUser, StoreError> {
    let merged_into = row.merged_into.map(UserId::from_uuid);
    Ok(StoredUser { user: user(row)?, merged_into })
}

pub(crate) fn user_row(StoredUser { user, merged_into }: StoredUser) -> user::Model {
    let (phone, phone_tag) = user.phone.map(|phone| (phone.sealed.0, phone.tag.0.to_vec())).unzip();
    user::Model {
        id: user.id.as_uuid(),
        user_type: user.user_type.0,
        status: user.status.code(),
        nickname: user.nickname.map(|nickname| nickname.as_str().to_owned()),
        avatar_url: user.avatar_url.map(|avatar_url| avatar_url.as_str().to_owned()),
        legacy_id: user.legacy_id.map(|legacy_id| legacy_id.as_str().to_owned()),
        phone,
        phone_tag,
        merged_into: merged_into.map(UserId::as_uuid),
        erase_at: user.erase_at.map(Timestamp::as_millis),
        created_at: user.created_at.as_millis(),
        updated_at: user.updated_at.as_millis(),
        last_login_at: user.last_login_at.as_millis(),
    }
}

pub(crate) fn identity_key(app_id: &str, open_id: &str) -> Result<IdentityKey, StoreError> {
    Ok(IdentityKey {
        app_id: checked(app_id, AppId::parse, "app_id")?,
        open_id: checked(open_id, OpenId::parse, "open_id")?,
    })
}

pub(crate) fn identity(row: identity::Model) -> Result<Identity, StoreError> {
    let StoredIdentity { key, union_id, .. } = stored_identity(row)?;
    Ok(Identity { key, union_id })
}

pub(crate) fn stored_identity(row: identity::Model) -> Result<StoredIdentity, StoreError> {
    let session_key = match (row.session_key, row.session_key_at) {
        (Some(sealed), Some(at)) => {
            let tag = tag(row.session_key_tag.unwrap_or_default(), "identities.session_key_tag")?;
            Some((SealedSessionKey { sealed: Sealed(sealed), tag }, Timestamp::from_millis(at)))
        }
        (Some(_), None) => return Err(unexpected("identities.session_key_at")),
        (None, _) => None,
    };
    let until = row.previous_session_key_until.map(Timestamp::from_millis);
    Ok(StoredIdentity {
        key: identity_key(&row.app_id, &row.open_id)?,
        user_id: UserId::from_uuid(row.user_id),
        tombstone: tag(row.tombstone, "identities.tombstone")?,
        union_id: optional(row.union_id, UnionId::parse, "identities.union_id")?,
        session_key,
        previous_session_key: row.previous_session_key.map(Sealed).zip(until),
    })
}

pub(crate) fn identity_row(identity: StoredIdentity) -> identity::Model {
    let (key, session_key_at) = identity.session_key.unzip();
    let (session_key, session_key_tag) = key.map(|key| (key.sealed.0, key.tag.0.to_vec())).unzip();
    let (previous, until) = identity.previous_session_key.unzip();
    identity::Model {
        app_id: identity.key.app_id.as_str().to_owned(),
        open_id: identity.key.open_id.as_str().to_owned(),
        user_id: identity.user_id.as_uuid(),
        tombstone: identity.tombstone.0.to_vec(),
        union_id: identity.union_id.map(|union_id| union_id.as_str().to_owned()),
        session_key,
        session_key_tag,
        session_key_at: session_key_at.map(Timestamp::as_millis),
        previous_session_key: previous.map(|key| key.0),
        previous_session_key_until: until.map(Timestamp::as_millis),
    }
}

pub(crate) fn union_owner(row: union_id::Model) -> Result<UnionOwner, StoreError> {
    Ok(UnionOwner {
        union_id: checked(&row.union_id, UnionId::parse, "union_ids.union_id")?,
        user_id: UserId::from_uuid(row.user_id),
        tombstone: tag(row.tombstone, "union_ids.tombstone")?,
    })
}

pub(crate) fn union_owner_row(owner: &UnionOwner) -> union_id::Model {
    union_id::Model {
        union_id: owner.union_id.as_str().to_owned(),
        user_id: owner.user_id.as_uuid(),
        tombstone: owner.tombstone.0.to_vec(),
    }
}

pub(crate) fn tombstone(row: tombstone::Model) -> Result<Tombstone, StoreError> {
    Ok(Tombstone {
        tag: tag(row.tag, "tombstones.tag")?,
        app_id: optional(row.app_id, AppId::parse, "tombstones.app_id")?,
        user_id: UserId::from_uuid(row.user_id),
        created_at: Timestamp::from_millis(row.created_at),
    })
}

pub(crate) fn tombstone_row(tombstone: Tombstone) -> tombstone::Model {
    tombstone::Model {
        tag: tombstone.tag.0.to_vec(),
        app_id: tombstone.app_id.map(|app_id| app_id.as_str().to_owned()),
        user_id: tombstone.user_id.as_uuid(),
        created_at: tombstone.created_at.as_millis(),
    }
}

pub(crate) fn conflict(row: &identity_conflict::Model) -> Result<UnionConflict, StoreError> {
    Ok(UnionConflict {
        id: row.id,
        identity: identity_key(&row.app_id, &row.open_id)?,
        union_id: checked(&row.union_id, UnionId::parse, "identity_conflicts.union_id")?,
        user_id: UserId::from_uuid(row.user_id),
        owner: row.owner_id.map(UserId::from_uuid),
        first_seen_at: Timestamp::from_millis(row.first_seen_at),
    })
}

pub(crate) fn conflict_row(conflict: &UnionConflict) -> identity_conflict::Model {
    identity_conflict::Model {
        app_id: conflict.identity.app_id.as_str().to_owned(),
        open_id: conflict.identity.open_id.as_str().to_owned(),
        union_id: conflict.union_id.as_str().to_owned(),
        id: conflict.id,
        user_id: conflict.user_id.as_uuid(),
        owner_id: conflict.owner.map(UserId::as_uuid),
        first_seen_at: conflict.first_seen_at.as_millis(),
    }
}
