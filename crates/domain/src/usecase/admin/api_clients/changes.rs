use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ipnet::IpNet;
use zeroize::Zeroizing;

use super::ApiClients;
use crate::model::{
    Actor, ApiClient, AppId, AuditAction, AuditEvent, ClientId, ClientSecretHash, Scope, Secret,
    SecretOverlap, Timestamp,
};
use crate::ports::StoreError;

/// When a client expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// At this time.
    At(Timestamp),
    /// Never.
    Never,
}

/// What an operator decides about a client besides its permissions. What is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientChange {
    /// When it expires.
    pub expiry: Option<Expiry>,
    /// The networks that it may call from; empty means every address.
    pub networks: Option<BTreeSet<IpNet>>,
}

impl ClientChange {
    fn apply(&self, client: &mut ApiClient) {
        match self.expiry {
            Some(Expiry::At(at)) => client.expires_at = Some(at),
            Some(Expiry::Never) => client.expires_at = None,
            None => {}
        }
        if let Some(networks) = &self.networks {
            client.networks.clone_from(networks);
        }
    }
}

impl ApiClients {
    /// Creates a client with a random secret of 256 bits, which is not stored and cannot be shown
    /// again. Returns `None` if the id is taken.
    pub async fn create(
        &self,
        id: ClientId,
        scopes: BTreeSet<Scope>,
        apps: BTreeSet<AppId>,
        change: &ClientChange,
        actor: Actor,
    ) -> Result<Option<(ApiClient, Secret)>, StoreError> {
        let secret = self.new_secret();
        let event = self.event(AuditAction::ClientCreated, &id, actor);
        let hash = ClientSecretHash::of(secret.expose());
        let client = ApiClient::new(id, hash, scopes, event.at);
        let mut client = ApiClient { apps, revision: event.id, ..client };
        change.apply(&mut client);
        let inserted = self.store.insert_client(client.clone(), event).await?;
        self.unknown.forget(&client.id);
        Ok(inserted.then_some((client, secret)))
    }

    /// Gives a client a new secret, as random as the first. The secret before stays valid during the
    /// overlap, and an older one ends. Returns `None` if there is no such client.
    pub async fn rotate(
        &self,
        id: &ClientId,
        overlap: SecretOverlap,
        change: &ClientChange,
        actor: Actor,
    ) -> Result<Option<(ApiClient, Secret)>, StoreError> {
        let secret = self.new_secret();
        let rotate = |client: &mut ApiClient, now| {
            client.rotate(ClientSecretHash::of(secret.expose()), overlap, now);
            change.apply(client);
        };
        let client = self.replace(id, AuditAction::ClientRotated, actor, rotate).await?;
        Ok(client.map(|client| (client, secret)))
    }

    /// Changes a client and keeps its secrets. Returns `None` if there is no such client.
    pub async fn change(
        &self,
        id: &ClientId,
        change: &ClientChange,
        actor: Actor,
    ) -> Result<Option<ApiClient>, StoreError> {
        self.replace(id, AuditAction::ClientChanged, actor, |client, _| change.apply(client)).await
    }

    /// Removes a client. Returns `false` if there is none with this id.
    pub async fn remove(&self, id: &ClientId, actor: Actor) -> Result<bool, StoreError> {
        let event = self.event(AuditAction::ClientRemoved, id, actor);
        let removed = self.store.remove_client(id, event).await?;
        self.load_now().await;
        Ok(removed)
    }

    /// Changes the client as it is stored, also if others change it at the same time.
    async fn replace(
        &self,
        id: &ClientId,
        action: AuditAction,
        actor: Actor,
        change: impl Fn(&mut ApiClient, Timestamp),
    ) -> Result<Option<ApiClient>, StoreError> {
        loop {
            let Some(mut client) = self.store.find_client(id).await? else { return Ok(None) };
            let event = self.event(action, id, actor.clone());
            change(&mut client, event.at);
            let revision = std::mem::replace(&mut client.revision, event.id);
            if self.store.replace_client(revision, client.clone(), event).await? {
                self.load_now().await;
                return Ok(Some(client));
            }
        }
    }

    /// Reads what this instance has just changed. If that fails, the next reading makes up for it.
    async fn load_now(&self) {
        if let Err(error) = self.load().await {
            tracing::warn!(%error, "cannot load the API clients now; they will be loaded later");
        }
    }

    fn new_secret(&self) -> Secret {
        let mut bytes = Zeroizing::new([0; 32]);
        self.randomness.fill(bytes.as_mut_slice());
        Secret::new(BASE64_URL_SAFE_NO_PAD.encode(bytes.as_slice()))
    }

    fn event(&self, action: AuditAction, id: &ClientId, actor: Actor) -> AuditEvent {
        let (now, randomness) = (self.clock.now(), self.randomness.as_ref());
        AuditEvent::of_client(action, id.clone(), Some(actor), now, randomness)
    }
}
