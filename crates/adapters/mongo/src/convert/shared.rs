use std::collections::BTreeSet;

use wxlogin_domain::model::{
    Actor, ApiClient, AppId, AuditAction, AuditEvent, ClientId, ClientSecretHash, Malformed,
    PreviousSecret, Reason, Scope, SessionId, Timestamp, UserId, parse_network,
};
use wxlogin_domain::ports::{
    Deployment, DeploymentKind, MasterKeyRotation, Sealed, StoredSigningKey,
};

use super::values::{binary, bytes, checked, from_bson, keyed_tag, optional, to_bson, unexpected};
use crate::document;
use crate::error::Failure;

pub(crate) fn stored_audit_event(event: &AuditEvent) -> document::AuditEvent {
    document::AuditEvent {
        id: to_bson(event.id),
        at: event.at.as_millis(),
        action: event.action.code().to_owned(),
        user_id: event.user_id.map(|id| to_bson(id.as_uuid())),
        client_id: event.client_id.as_ref().map(|id| id.as_str().to_owned()),
        app_id: event.app_id.as_ref().map(|app_id| app_id.as_str().to_owned()),
        session_id: event.session_id.map(|id| to_bson(id.as_uuid())),
        actor: event.actor.as_ref().map(Actor::code),
        reason: event.reason.as_ref().map(|reason| reason.as_str().to_owned()),
        number: None,
    }
}

pub(crate) fn audit_event(document: &document::AuditEvent) -> Result<AuditEvent, Failure> {
    let action = AuditAction::from_code(&document.action);
    Ok(AuditEvent {
        id: from_bson(document.id),
        at: Timestamp::from_millis(document.at),
        action: action.ok_or_else(|| unexpected("audit_events.action"))?,
        user_id: document.user_id.map(|id| UserId::from_uuid(from_bson(id))),
        client_id: optional(
            document.client_id.as_deref(),
            ClientId::parse,
            "audit_events.client_id",
        )?,
        app_id: optional(document.app_id.as_deref(), AppId::parse, "audit_events.app_id")?,
        session_id: document.session_id.map(|id| SessionId::from_uuid(from_bson(id))),
        actor: optional(document.actor.as_deref(), Actor::from_code, "audit_events.actor")?,
        reason: optional(document.reason.as_deref(), Reason::parse, "audit_events.reason")?,
    })
}

pub(crate) fn stored_signing_key(key: StoredSigningKey) -> document::SigningKey {
    document::SigningKey {
        generation: i64::from(key.generation),
        kid: key.kid,
        private_key: binary(&key.private_key.0),
        created_at: key.created_at.as_millis(),
        active_from: key.active_from.as_millis(),
        revoked_at: key.revoked_at.map(Timestamp::as_millis),
    }
}

pub(crate) fn signing_key(document: document::SigningKey) -> Result<StoredSigningKey, Failure> {
    let generation = u32::try_from(document.generation);
    Ok(StoredSigningKey {
        generation: generation.map_err(|_| unexpected("signing_keys.generation"))?,
        kid: document.kid,
        private_key: Sealed(document.private_key.bytes),
        created_at: Timestamp::from_millis(document.created_at),
        active_from: Timestamp::from_millis(document.active_from),
        revoked_at: document.revoked_at.map(Timestamp::from_millis),
    })
}

pub(crate) fn stored_api_client(client: &ApiClient) -> document::ApiClient {
    let previous = client.previous_secret;
    document::ApiClient {
        id: client.id.as_str().to_owned(),
        secret_hash: binary(&client.secret.0),
        previous_secret_hash: previous.map(|previous| binary(&previous.hash.0)),
        previous_secret_until: previous.map(|previous| previous.until.as_millis()),
        scopes: joined(client.scopes.iter().map(|scope| scope.as_str())),
        apps: joined(&client.apps),
        networks: joined(&client.networks),
        expires_at: client.expires_at.map(Timestamp::as_millis),
        revision: to_bson(client.revision),
        created_at: client.created_at.as_millis(),
    }
}

fn joined<T: ToString>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| word.to_string()).collect::<Vec<_>>().join(" ")
}

pub(crate) fn api_client(document: &document::ApiClient) -> Result<ApiClient, Failure> {
    let previous = document.previous_secret_hash.as_ref();
    let previous = previous.map(|hash| bytes(hash, "api_clients.previous_secret_hash"));
    let previous = previous.transpose()?.zip(document.previous_secret_until);
    Ok(ApiClient {
        id: checked(&document.id, ClientId::parse, "api_clients.id")?,
        secret: ClientSecretHash(bytes(&document.secret_hash, "api_clients.secret_hash")?),
        previous_secret: previous.map(|(hash, until)| PreviousSecret {
            hash: ClientSecretHash(hash),
            until: Timestamp::from_millis(until),
        }),
        scopes: words(&document.scopes, Scope::parse, "api_clients.scopes")?,
        apps: words(&document.apps, AppId::parse, "api_clients.apps")?,
        networks: words(&document.networks, parse_network, "api_clients.networks")?,
        expires_at: document.expires_at.map(Timestamp::from_millis),
        revision: from_bson(document.revision),
        created_at: Timestamp::from_millis(document.created_at),
    })
}

fn words<T: Ord>(
    text: &str,
    parse: fn(&str) -> Result<T, Malformed>,
    field: &'static str,
) -> Result<BTreeSet<T>, Failure> {
    text.split_ascii_whitespace().map(|word| checked(word, parse, field)).collect()
}

pub(crate) fn stored_deployment(id: i32, deployment: &Deployment) -> document::Deployment {
    let rotation = deployment.rotation.as_ref();
    document::Deployment {
        id,
        key_check: binary(&deployment.key_check.0),
        kind: i64::from(deployment.kind.code()),
        tombstone_key: rotation.map(|rotation| binary(&rotation.tombstone_key.0)),
        rotated_at: rotation.map(|rotation| rotation.at.as_millis()),
    }
}

pub(crate) fn deployment(document: &document::Deployment) -> Result<Deployment, Failure> {
    let kind = i16::try_from(document.kind).ok().and_then(DeploymentKind::from_code);
    let rotation = document.tombstone_key.as_ref().zip(document.rotated_at);
    Ok(Deployment {
        key_check: keyed_tag(&document.key_check, "deployment.key_check")?,
        kind: kind.ok_or_else(|| unexpected("deployment.kind"))?,
        rotation: rotation.map(|(tombstone_key, at)| MasterKeyRotation {
            tombstone_key: Sealed(tombstone_key.bytes.clone()),
            at: Timestamp::from_millis(at),
        }),
    })
}
