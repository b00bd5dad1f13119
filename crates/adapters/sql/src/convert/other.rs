use wxlogin_domain::model::{
    ApiClient, AppId, AuditAction, AuditEvent, ClientId, ClientSecretHash, Reason, Scope,
    SessionId, Timestamp, UserId,
};
use wxlogin_domain::ports::{
    Deployment, DeploymentKind, MasterKeyRotation, Sealed, StoreError, StoredSigningKey,
};

use super::value::{checked, fixed, optional, tag, unexpected, words};
use crate::entity::{api_client, audit_event, deployment, signing_key};

pub(crate) fn audit_event(row: audit_event::Model) -> Result<AuditEvent, StoreError> {
    let action = AuditAction::from_code(&row.action);
    Ok(AuditEvent {
        id: row.id,
        at: Timestamp::from_millis(row.at),
        action: action.ok_or_else(|| unexpected("audit_events.action"))?,
        user_id: UserId::from_uuid(row.user_id),
        app_id: optional(row.app_id, AppId::parse, "audit_events.app_id")?,
        session_id: row.session_id.map(SessionId::from_uuid),
        actor: optional(row.actor, ClientId::parse, "audit_events.actor")?,
        reason: optional(row.reason, Reason::parse, "audit_events.reason")?,
    })
}

pub(crate) fn audit_event_row(event: &AuditEvent) -> audit_event::Model {
    audit_event::Model {
        id: event.id,
        at: event.at.as_millis(),
        action: event.action.code().to_owned(),
        user_id: event.user_id.as_uuid(),
        app_id: event.app_id.as_ref().map(|app_id| app_id.as_str().to_owned()),
        session_id: event.session_id.map(SessionId::as_uuid),
        actor: event.actor.as_ref().map(|actor| actor.as_str().to_owned()),
        reason: event.reason.as_ref().map(|reason| reason.as_str().to_owned()),
        number: None,
    }
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
    let rotation = row.tombstone_key.zip(row.rotated_at);
    Ok(Deployment {
        key_check: tag(row.key_check, "deployment.key_check")?,
        kind: kind.ok_or_else(|| unexpected("deployment.kind"))?,
        rotation: rotation.map(|(tombstone_key, at)| MasterKeyRotation {
            tombstone_key: Sealed(tombstone_key),
            at: Timestamp::from_millis(at),
        }),
    })
}
