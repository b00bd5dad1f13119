//! From rows to the domain's values. Whatever a row holds that the domain would not take is
//! reported as unexpected, never guessed at.

use std::collections::BTreeSet;

use wxlogin_domain::model::{
    ApiClient, AppId, AuditAction, AuditEvent, AvatarUrl, ClientId, ClientSecretHash, Device,
    Generation, Identity, IdentityKey, LegacyId, Malformed, Nickname, OpenId, Reason, Salt, Scope,
    SealedPhone, Session, SessionId, Timestamp, UnionConflict, UnionId, User, UserId, UserStatus,
    UserType,
};
use wxlogin_domain::ports::{
    Deployment, DeploymentKind, KeyedTag, Replayed, Sealed, SealedSessionKey, SessionKeys,
    StoreError, StoredSigningKey,
};

use crate::entity::{
    api_client, audit_event, deployment, identity, identity_conflict, session, signing_key, user,
};

pub(crate) fn user(row: user::Model) -> Result<User, StoreError> {
    Ok(User {
        id: UserId::from_uuid(row.id),
        user_type: UserType(row.user_type),
        status: UserStatus::from_code(row.status).ok_or_else(|| unexpected("users.status"))?,
        nickname: optional(row.nickname, Nickname::parse, "users.nickname")?,
        avatar_url: optional(row.avatar_url, AvatarUrl::from_store, "users.avatar_url")?,
        legacy_id: optional(row.legacy_id, LegacyId::parse, "users.legacy_id")?,
        phone: phone(row.phone, row.phone_tag)?,
        erase_at: row.erase_at.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
        last_login_at: Timestamp::from_millis(row.last_login_at),
    })
}

fn phone(sealed: Option<Vec<u8>>, tag: Option<Vec<u8>>) -> Result<Option<SealedPhone>, StoreError> {
    let Some(sealed) = sealed else { return Ok(None) };
    let tag = fixed(tag.unwrap_or_default(), "users.phone_tag")?;
    Ok(Some(SealedPhone { sealed: Sealed(sealed), tag: KeyedTag(tag) }))
}

pub(crate) fn identity(row: identity::Model) -> Result<Identity, StoreError> {
    Ok(Identity {
        key: IdentityKey {
            app_id: checked(&row.app_id, AppId::parse, "identities.app_id")?,
            open_id: checked(&row.open_id, OpenId::parse, "identities.open_id")?,
        },
        union_id: optional(row.union_id, UnionId::parse, "identities.union_id")?,
    })
}

pub(crate) fn session_keys(row: identity::Model) -> Result<Option<SessionKeys>, StoreError> {
    let Some(sealed) = row.session_key else { return Ok(None) };
    let tag = fixed(row.session_key_tag.unwrap_or_default(), "identities.session_key_tag")?;
    let current = SealedSessionKey { sealed: Sealed(sealed), tag: KeyedTag(tag) };
    let until = row.previous_session_key_until.map(Timestamp::from_millis);
    let previous = row.previous_session_key.map(Sealed).zip(until);
    Ok(Some(SessionKeys { current, previous }))
}

pub(crate) fn session(row: session::Model) -> Result<Session, StoreError> {
    let generation = u32::try_from(row.generation);
    Ok(Session {
        id: SessionId::from_uuid(row.id),
        user_id: UserId::from_uuid(row.user_id),
        app_id: checked(&row.app_id, AppId::parse, "sessions.app_id")?,
        open_id: checked(&row.open_id, OpenId::parse, "sessions.open_id")?,
        device: optional(row.device, Device::parse, "sessions.device")?,
        generation: Generation(generation.map_err(|_| unexpected("sessions.generation"))?),
        salt: Salt(fixed(row.salt, "sessions.salt")?),
        created_at: Timestamp::from_millis(row.created_at),
        last_used_at: Timestamp::from_millis(row.last_used_at),
        expires_at: Timestamp::from_millis(row.expires_at),
        ends_at: Timestamp::from_millis(row.ends_at),
    })
}

pub(crate) fn replayed(user: user::Model, row: session::Model) -> Result<Replayed, StoreError> {
    let fingerprint = row.replay_fingerprint.clone().unwrap_or_default();
    Ok(Replayed {
        user: self::user(user)?,
        session: session(row)?,
        fingerprint: KeyedTag(fixed(fingerprint, "sessions.replay_fingerprint")?),
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

pub(crate) fn audit_event(row: audit_event::Model) -> Result<AuditEvent, StoreError> {
    let action = AuditAction::from_code(&row.action);
    Ok(AuditEvent {
        id: row.id,
        at: Timestamp::from_millis(row.at),
        action: action.ok_or_else(|| unexpected("audit_events.action"))?,
        user_id: UserId::from_uuid(row.user_id),
        session_id: row.session_id.map(SessionId::from_uuid),
        actor: optional(row.actor, ClientId::parse, "audit_events.actor")?,
        reason: optional(row.reason, Reason::parse, "audit_events.reason")?,
    })
}

pub(crate) fn signing_key(row: signing_key::Model) -> Result<StoredSigningKey, StoreError> {
    Ok(StoredSigningKey {
        generation: u32::try_from(row.generation)
            .map_err(|_| unexpected("signing_keys.generation"))?,
        kid: row.kid,
        private_key: Sealed(row.private_key),
        created_at: Timestamp::from_millis(row.created_at),
        active_from: Timestamp::from_millis(row.active_from),
        revoked_at: row.revoked_at.map(Timestamp::from_millis),
    })
}

pub(crate) fn api_client(row: api_client::Model) -> Result<ApiClient, StoreError> {
    Ok(ApiClient {
        id: checked(&row.id, ClientId::parse, "api_clients.id")?,
        secret: ClientSecretHash(fixed(row.secret_hash, "api_clients.secret_hash")?),
        scopes: words(&row.scopes, Scope::parse, "api_clients.scopes")?,
        apps: words(&row.apps, AppId::parse, "api_clients.apps")?,
        created_at: Timestamp::from_millis(row.created_at),
    })
}

pub(crate) fn deployment(row: deployment::Model) -> Result<Deployment, StoreError> {
    let kind = DeploymentKind::from_code(row.kind);
    Ok(Deployment {
        key_check: KeyedTag(fixed(row.key_check, "deployment.key_check")?),
        kind: kind.ok_or_else(|| unexpected("deployment.kind"))?,
    })
}

fn fixed<const N: usize>(bytes: Vec<u8>, column: &'static str) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| unexpected(column))
}

fn words<T: Ord>(
    text: &str,
    parse: fn(&str) -> Result<T, Malformed>,
    column: &'static str,
) -> Result<BTreeSet<T>, StoreError> {
    text.split_whitespace().map(|word| checked(word, parse, column)).collect()
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
