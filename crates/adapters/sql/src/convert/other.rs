use wxlogin_domain::model::{
    Actor, ApiClient, AppId, AuditAction, AuditEvent, ClientId, ClientSecretHash, PreviousSecret,
    Reason, Scope, SessionId, Timestamp, UserId, parse_network,
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
        user_id: row.user_id.map(UserId::from_uuid),
        client_id: optional(row.client_id, ClientId::parse, "audit_events.client_id")?,
        app_id: optional(row.app_id, AppId::parse, "audit_events.app_id")?,
        session_id: row.session_id.map(SessionId::from_uuid),
        actor: optional(row.actor, Actor::from_code, "audit_events.actor")?,
        reason: optional(row.reason, Reason::parse, "audit_events.reason")?,
    })
}

pub(crate) fn audit_event_row(event: &AuditEvent) -> audit_event::Model {
    audit_event::Model {
        id: event.id,
        at: event.at.as_millis(),
        action: event.action.code().to_owned(),
        user_id: event.user_id.map(UserId::as_uuid),
        client_id: event.client_id.as_ref().map(|id| id.as_str().to_owned()),
        app_id: event.app_id.as_ref().map(|app_id| app_id.as_str().to_owned()),
        session_id: event.session_id.map(SessionId::as_uuid),
        actor: event.actor.as_ref().map(Actor::code),
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
    let previous =
        row.previous_secret_hash.map(|hash| fixed(hash, "api_clients.previous_secret_hash"));
    let previous = previous.transpose()?.zip(row.previous_secret_until);
    Ok(ApiClient {
        id: checked(&row.id, ClientId::parse, "api_clients.id")?,
        secret: ClientSecretHash(fixed(row.secret_hash, "api_clients.secret_hash")?),
        previous_secret: previous.map(|(hash, until)| PreviousSecret {
            hash: ClientSecretHash(hash),
            until: Timestamp::from_millis(until),
        }),
        scopes: words(&row.scopes, Scope::parse, "api_clients.scopes")?,
        apps: words(&row.apps, AppId::parse, "api_clients.apps")?,
        networks: words(&row.networks, parse_network, "api_clients.networks")?,
        expires_at: row.expires_at.map(Timestamp::from_millis),
        revision: row.revision,
        created_at: Timestamp::from_millis(row.created_at),
    })
}

pub(crate) fn api_client_row(client: &ApiClient) -> api_client::Model {
    let previous = client.previous_secret;
    api_client::Model {
        id: client.id.as_str().to_owned(),
        secret_hash: client.secret.0.to_vec(),
        previous_secret_hash: previous.map(|previous| previous.hash.0.to_vec()),
        previous_secret_until: previous.map(|previous| previous.until.as_millis()),
        scopes: joined(client.scopes.iter().map(|scope| scope.as_str())),
        apps: joined(&client.apps),
        networks: joined(&client.networks),
        expires_at: client.expires_at.map(Timestamp::as_millis),
        revision: client.revision,
        created_at: client.created_at.as_millis(),
    }
}

fn joined<T: ToString>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| word.to_string()).collect::<Vec<_>>().join(" ")
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
