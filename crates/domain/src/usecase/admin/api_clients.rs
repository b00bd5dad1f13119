//! Creates and authenticates API clients: back ends that call wxlogin in their own name.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::model::{ApiClient, AppId, ClientAddress, ClientId, ClientSecretHash, Scope, Secret};
use crate::ports::{ClientStore, Clock, Randomness, RateLimiter, RetryAfter, StoreError};
use crate::usecase::admin::unknown_clients::UnknownClients;
use crate::usecase::subject::Subject;

/// Why an API client was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The id or the secret is wrong.
    #[error("unknown client or wrong secret")]
    Invalid,
    /// The client lacks the scope that the call needs.
    #[error("the client lacks the scope {}", .0.as_str())]
    InsufficientScope(Scope),
    /// The address has asked with too many unknown ids.
    #[error(transparent)]
    TooMany(#[from] RetryAfter),
    /// The database failed.
    #[error("cannot read the client")]
    Store(#[from] StoreError),
}

/// A client's credentials, as sent.
#[derive(Debug)]
pub struct Credentials {
    /// The id.
    pub id: String,
    /// The secret.
    pub secret: Secret,
}

impl Credentials {
    /// Parses an API key: the id, a dot and the secret.
    #[must_use]
    pub fn from_api_key(key: &str) -> Option<Self> {
        let (id, secret) = key.split_once('.')?;
        Some(Self { id: id.to_owned(), secret: Secret::new(secret) })
    }
}

/// Creates and authenticates API clients.
pub struct ApiClients {
    store: Arc<dyn ClientStore>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    failures: Arc<dyn RateLimiter>,
    cache: RwLock<HashMap<ClientId, (Instant, ApiClient)>>,
    unknown: UnknownClients,
}

/// How long a client is cached. A removed client is still accepted for as long.
const CACHED: Duration = Duration::from_secs(10);

impl ApiClients {
    /// Creates the use case with an empty cache.
    #[must_use]
    pub fn new(
        store: Arc<dyn ClientStore>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        failures: Arc<dyn RateLimiter>,
    ) -> Self {
        let (cache, unknown) = Default::default();
        Self { store, clock, randomness, failures, cache, unknown }
    }

    /// Reads all clients, so that the look-up of an existing one is never refused because others that share
    /// its address have asked for unknown ones.
    pub async fn load(&self) -> Result<(), StoreError> {
        let clients = self.store.list_clients().await?;
        let now = Instant::now();
        let clients = clients.into_iter().map(|client| (client.id.clone(), (now, client)));
        self.cache.write().unwrap_or_else(PoisonError::into_inner).extend(clients);
        Ok(())
    }

    /// Creates a client with a random secret of 256 bits, which is not stored and cannot be shown
    /// again. Returns `None` if the id is taken.
    pub async fn create(
        &self,
        id: ClientId,
        scopes: BTreeSet<Scope>,
        apps: BTreeSet<AppId>,
    ) -> Result<Option<(ApiClient, Secret)>, StoreError> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.randomness.fill(bytes.as_mut_slice());
        let secret = Secret::new(BASE64_URL_SAFE_NO_PAD.encode(bytes.as_slice()));
        let client = ApiClient {
            id,
            secret: ClientSecretHash::of(secret.expose()),
            scopes,
            apps,
            created_at: self.clock.now(),
        };
        let inserted = self.store.insert_client(client.clone()).await?;
        self.unknown.forget(&client.id);
        Ok(inserted.then_some((client, secret)))
    }

    /// Returns the credentials' client if it has the scope. Looking up an unknown id counts as a
    /// failure of the caller's address.
    pub async fn authenticate(
        &self,
        credentials: &Credentials,
        scope: Scope,
        address: ClientAddress,
    ) -> Result<ApiClient, ClientError> {
        let id = ClientId::parse(&credentials.id).map_err(|_| ClientError::Invalid)?;
        let client = self.find(&id, address).await?.ok_or(ClientError::Invalid)?;
        Subject::client(id).note();
        if !client.secret.matches(credentials.secret.expose()) {
            return Err(ClientError::Invalid);
        }
        if client.may(scope) { Ok(client) } else { Err(ClientError::InsufficientScope(scope)) }
    }

    async fn find(
        &self,
        id: &ClientId,
        address: ClientAddress,
    ) -> Result<Option<ApiClient>, ClientError> {
        let now = Instant::now();
        let cached = self.cache.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if let Some((read, client)) = &cached
            && now.saturating_duration_since(*read) < CACHED
        {
            return Ok(Some(client.clone()));
        }
        if self.unknown.contains(id, now) {
            return Ok(None);
        }
        let is_new = cached.is_none();
        if is_new {
            self.failures.take(address)?;
        }
        let found = self.store.find_client(id).await;
        if is_new && !matches!(found, Ok(None)) {
            self.failures.give_back(address);
        }
        let found = found?;
        if found.is_none() {
            self.unknown.note(id.clone(), now);
        }
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        match &found {
            Some(client) => cache.insert(id.clone(), (now, client.clone())),
            None => cache.remove(id),
        };
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::testing::{FakeLimiter, ManualClock, MemoryStore, NoLimit, SequenceRandomness};
    use crate::usecase::harness::address;

    fn credentials(id: &str, secret: &str) -> Credentials {
        Credentials { id: id.into(), secret: Secret::new(secret) }
    }

    #[tokio::test]
    async fn a_client_is_authenticated_by_its_secret_and_limited_to_its_scopes() {
        let store = MemoryStore::stores().clients;
        let clients = ApiClients::new(
            store.clone(),
            Arc::new(ManualClock::default()),
            Arc::new(SequenceRandomness::default()),
            Arc::new(NoLimit),
        );
        let id = ClientId::parse("billing").unwrap();
        let scopes = BTreeSet::from([Scope::Introspect]);
        let made = clients.create(id.clone(), scopes.clone(), BTreeSet::new()).await.unwrap();
        let (client, secret) = made.unwrap();
        assert_eq!(secret.expose().len(), 43);
        assert_eq!(clients.create(id, scopes, BTreeSet::new()).await.unwrap(), None);
        let key = format!("billing.{}", secret.expose());
        let right = Credentials::from_api_key(&key).unwrap();
        assert_eq!(clients.authenticate(&right, Scope::Introspect, address()).await, Ok(client));
        assert_eq!(
            clients.authenticate(&right, Scope::Admin, address()).await,
            Err(ClientError::InsufficientScope(Scope::Admin))
        );
        for wrong in
            [credentials("billing", ""), credentials("other", secret.expose()), credentials("", "")]
        {
            let refused = clients.authenticate(&wrong, Scope::Introspect, address()).await;
            assert_eq!(refused, Err(ClientError::Invalid));
        }
    }

    #[tokio::test]
    async fn made_up_ids_do_not_keep_a_known_client_out() {
        let store = MemoryStore::stores().clients;
        let instance = || {
            let (clock, randomness) = (Arc::default(), Arc::new(SequenceRandomness::default()));
            let clock: Arc<ManualClock> = clock;
            ApiClients::new(store.clone(), clock, randomness, Arc::new(FakeLimiter::new(0)))
        };
        let scopes = BTreeSet::from([Scope::Introspect]);
        let id = ClientId::parse("billing").unwrap();
        let (_, secret) = instance().create(id, scopes, BTreeSet::new()).await.unwrap().unwrap();
        let started = instance();
        started.load().await.unwrap();
        let ask = async |id: &str| {
            let asked = credentials(id, secret.expose());
            started.authenticate(&asked, Scope::Introspect, address()).await.map(drop)
        };
        assert!(matches!(ask("made-up").await, Err(ClientError::TooMany(_))));
        assert_eq!(ask("billing").await, Ok(()));
    }

    #[tokio::test]
    async fn unknown_clients_are_looked_up_rarely() {
        let store = Arc::new(MemoryStore::default());
        let clients = ApiClients::new(
            store.ports().clients,
            Arc::new(ManualClock::default()),
            Arc::new(SequenceRandomness::default()),
            Arc::new(FakeLimiter::new(3)),
        );
        let known = ClientId::parse("billing").unwrap();
        let scopes = BTreeSet::from([Scope::Introspect]);
        let made = clients.create(known, scopes, BTreeSet::new()).await.unwrap().unwrap();
        let ask = async |id: &str, secret: &str| {
            let asked = credentials(id, secret);
            clients.authenticate(&asked, Scope::Introspect, address()).await.map(drop)
        };
        assert_eq!(ask("billing", made.1.expose()).await, Ok(()));
        for id in ["first", "second", "third"] {
            assert_eq!(ask(id, "secret").await, Err(ClientError::Invalid));
        }
        let uses = store.uses.load(Ordering::SeqCst);
        for _ in 0..10 {
            assert_eq!(ask("first", "secret").await, Err(ClientError::Invalid));
            assert!(matches!(ask("fourth", "secret").await, Err(ClientError::TooMany(_))));
            assert_eq!(ask("billing", "wrong").await, Err(ClientError::Invalid));
            assert_eq!(ask("billing", made.1.expose()).await, Ok(()));
        }
        assert_eq!(store.uses.load(Ordering::SeqCst), uses);
    }
}
