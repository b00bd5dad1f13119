//! From rows to the domain's values. Whatever a row holds that the domain would not take is
//! reported as unexpected, never guessed at.

use wxlogin_domain::model::{
    AppId, AvatarUrl, Device, IdentityKey, Malformed, Nickname, OpenId, Session, SessionId,
    Timestamp, UnionConflict, UnionId, User, UserId, UserStatus, UserType,
};
use wxlogin_domain::ports::{KeyedTag, Sealed, StoreError, StoredSigningKey};

use crate::entity::{identity_conflict, session, signing_key, user};

pub(crate) fn user(row: user::Model) -> Result<User, StoreError> {
    Ok(User {
        id: UserId::from_uuid(row.id),
        user_type: UserType(row.user_type),
        status: UserStatus::from_code(row.status).ok_or_else(|| unexpected("users.status"))?,
        nickname: optional(row.nickname, Nickname::parse, "users.nickname")?,
        avatar_url: optional(row.avatar_url, AvatarUrl::parse, "users.avatar_url")?,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
        last_login_at: Timestamp::from_millis(row.last_login_at),
    })
}

pub(crate) fn session(row: session::Model) -> Result<Session, StoreError> {
    Ok(Session {
        id: SessionId::from_uuid(row.id),
        user_id: UserId::from_uuid(row.user_id),
        app_id: checked(&row.app_id, AppId::parse, "sessions.app_id")?,
        device: optional(row.device, Device::parse, "sessions.device")?,
        created_at: Timestamp::from_millis(row.created_at),
        expires_at: Timestamp::from_millis(row.expires_at),
    })
}

pub(crate) fn conflict(row: &identity_conflict::Model) -> Result<UnionConflict, StoreError> {
    Ok(UnionConflict {
        identity: IdentityKey {
            app_id: checked(&row.app_id, AppId::parse, "identity_conflicts.app_id")?,
            open_id: checked(&row.open_id, OpenId::parse, "identity_conflicts.open_id")?,
        },
        union_id: checked(&row.union_id, UnionId::parse, "identity_conflicts.union_id")?,
        user_id: UserId::from_uuid(row.user_id),
        owner: row.owner_id.map(UserId::from_uuid),
        first_seen_at: Timestamp::from_millis(row.first_seen_at),
    })
}

pub(crate) fn signing_key(row: signing_key::Model) -> Result<StoredSigningKey, StoreError> {
    Ok(StoredSigningKey {
        generation: u32::try_from(row.generation)
            .map_err(|_| unexpected("signing_keys.generation"))?,
        kid: row.kid,
        private_key: Sealed(row.private_key),
        created_at: Timestamp::from_millis(row.created_at),
    })
}

pub(crate) fn tag(bytes: Vec<u8>, column: &'static str) -> Result<KeyedTag, StoreError> {
    bytes.try_into().map(KeyedTag).map_err(|_| unexpected(column))
}

fn optional<T>(
    text: Option<String>,
    parse: fn(&str) -> Result<T, Malformed>,
    column: &'static str,
) -> Result<Option<T>, StoreError> {
    text.map(|text| checked(&text, parse, column)).transpose()
}

fn checked<T>(
    text: &str,
    parse: fn(&str) -> Result<T, Malformed>,
    column: &'static str,
) -> Result<T, StoreError> {
    parse(text).map_err(|_| unexpected(column))
}

fn unexpected(column: &'static str) -> StoreError {
    StoreError::Unexpected(format!("{column} holds a value that cannot be read"))
}
