//! Between documents and the domain's values. Whatever a document holds that the domain would not
//! take is reported as unexpected, never guessed at.

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{self, Binary, Bson, Document, Uuid};
use serde::Serialize;
use wxlogin_domain::model::{
    AppId, AuditEvent, AvatarUrl, Device, IdentityKey, Malformed, Nickname, OpenId, Session,
    SessionId, Timestamp, UnionConflict, UnionId, User, UserId, UserStatus, UserType,
};
use wxlogin_domain::ports::{KeyedTag, Sealed, SealedSessionKey, StoredSigningKey};

use crate::document;
use crate::error::Failure;

pub(crate) fn user(document: &document::User) -> Result<User, Failure> {
    Ok(User {
        id: UserId::from_uuid(from_bson(document.id)),
        user_type: UserType(document.user_type),
        status: status(document.status)?,
        nickname: optional(document.nickname.as_deref(), Nickname::parse, "users.nickname")?,
        avatar_url: optional(document.avatar_url.as_deref(), AvatarUrl::parse, "users.avatar_url")?,
        created_at: Timestamp::from_millis(document.created_at),
        updated_at: Timestamp::from_millis(document.updated_at),
        last_login_at: Timestamp::from_millis(document.last_login_at),
    })
}

pub(crate) fn status(code: i32) -> Result<UserStatus, Failure> {
    let status = i16::try_from(code).ok().and_then(UserStatus::from_code);
    status.ok_or_else(|| unexpected("users.status"))
}

/// A session as it is stored within its user.
pub(crate) fn stored_session(stored: &Document) -> Result<document::Session, Failure> {
    bson::deserialize_from_document(stored.clone()).map_err(|_| unexpected("users.sessions"))
}

pub(crate) fn session(user_id: Uuid, stored: &document::Session) -> Result<Session, Failure> {
    Ok(Session {
        id: SessionId::from_uuid(from_bson(stored.id)),
        user_id: UserId::from_uuid(from_bson(user_id)),
        app_id: checked(&stored.app_id, AppId::parse, "users.sessions.app_id")?,
        device: optional(stored.device.as_deref(), Device::parse, "users.sessions.device")?,
        created_at: Timestamp::from_millis(stored.created_at),
        expires_at: Timestamp::from_millis(stored.expires_at),
    })
}

pub(crate) fn identity_key(key: &IdentityKey) -> document::IdentityKey {
    document::IdentityKey {
        app_id: key.app_id.as_str().to_owned(),
        open_id: key.open_id.as_str().to_owned(),
    }
}

/// The session key of an identity, if the login that claimed it has come to its end.
pub(crate) fn session_key(
    identity: document::Identity,
) -> Result<Option<SealedSessionKey>, Failure> {
    let (Some(sealed), Some(tag)) = (identity.session_key, identity.session_key_tag) else {
        return Ok(None);
    };
    let tag = self::tag(&tag, "identities.session_key_tag")?;
    Ok(Some(SealedSessionKey { sealed: Sealed(sealed.bytes), tag }))
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

pub(crate) fn audit_event(event: &AuditEvent) -> document::AuditEvent {
    document::AuditEvent {
        id: to_bson(event.id),
        at: event.at.as_millis(),
        action: event.action.code().to_owned(),
        user_id: to_bson(event.user_id.as_uuid()),
    }
}

pub(crate) fn signing_key(document: document::SigningKey) -> Result<StoredSigningKey, Failure> {
    Ok(StoredSigningKey {
        generation: u32::try_from(document.generation)
            .map_err(|_| unexpected("signing_keys.generation"))?,
        kid: document.kid,
        private_key: Sealed(document.private_key.bytes),
        created_at: Timestamp::from_millis(document.created_at),
    })
}

pub(crate) fn tag(binary: &Binary, field: &'static str) -> Result<KeyedTag, Failure> {
    binary.bytes.as_slice().try_into().map(KeyedTag).map_err(|_| unexpected(field))
}

pub(crate) fn binary(bytes: &[u8]) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() }
}

pub(crate) fn to_bson(id: uuid::Uuid) -> Uuid {
    Uuid::from_bytes(id.into_bytes())
}

pub(crate) fn from_bson(id: Uuid) -> uuid::Uuid {
    uuid::Uuid::from_bytes(id.bytes())
}

/// A part of a filter or an update.
pub(crate) fn value(part: &impl Serialize) -> Result<Bson, Failure> {
    let refused = |_| Failure::Unexpected("a value cannot be stored".into());
    bson::serialize_to_bson(part).map_err(refused)
}

/// A whole document.
pub(crate) fn document(whole: &impl Serialize) -> Result<Document, Failure> {
    let refused = |_| Failure::Unexpected("a value cannot be stored".into());
    bson::serialize_to_document(whole).map_err(refused)
}

fn optional<T>(
    text: Option<&str>,
    parse: fn(&str) -> Result<T, Malformed>,
    field: &'static str,
) -> Result<Option<T>, Failure> {
    text.map(|text| checked(text, parse, field)).transpose()
}

fn checked<T>(
    text: &str,
    parse: fn(&str) -> Result<T, Malformed>,
    field: &'static str,
) -> Result<T, Failure> {
    parse(text).map_err(|_| unexpected(field))
}

fn unexpected(field: &'static str) -> Failure {
    Failure::Unexpected(format!("{field} holds a value that cannot be read"))
}
