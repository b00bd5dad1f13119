//! Creates, changes and authenticates API clients: back ends that call wxlogin in their own name.

mod changes;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

pub use self::changes::{ClientChange, Expiry};
use crate::model::{ApiClient, ClientAddress, ClientId, Scope, Secret, Timestamp};
use crate::ports::{ClientStore, Clock, Randomness, RateLimiter, RetryAfter, StoreError};
use crate::usecase::admin::unknown_clients::UnknownClients;
use crate::usecase::subject::Subject;

/// Why an API client was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The id or the secret is wrong.
    #[error("unknown client or wrong secret")]
    Invalid,
    /// The client has expired. Only who has a valid secret learns it.
    #[error("the client has expired")]
    Expired,
    /// The client may not call from this address. Only who has a valid secret learns it.
    #[error("the client may not call from this address")]
    AddressNotAllowed,
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

/// Creates, changes and authenticates API clients.
///
/// They are kept in memory. All of them are read again and again, so that every instance soon knows what
/// another one or the command line has changed.
pub struct ApiClients {
    store: Arc<dyn ClientStore>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    failures: Arc<dyn RateLimiter>,
    cache: RwLock<HashMap<ClientId, (Instant, ApiClient)>>,
    unknown: UnknownClients,
    /// Allows one reading of all clients at a time, so that none replaces what a later one found.
    loading: Mutex<()>,
    /// When a warning was last due for a client.
    warned: std::sync::Mutex<HashMap<ClientId, Timestamp>>,
}

/// How old what is known about a client may be if the clients cannot be read.
const CACHED: Duration = Duration::from_secs(10);

/// How long before its expiry an operator is warned of it.
const EXPIRES_SOON: Duration = Duration::from_hours(24 * 14);

/// How often.
const WARNING_INTERVAL: Duration = Duration::from_hours(24);

impl ApiClients {
    /// Creates the use case with an empty cache.
    #[must_use]
    pub fn new(
        store: Arc<dyn ClientStore>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        failures: Arc<dyn RateLimiter>,
    ) -> Self {
        let (cache, unknown, loading, warned) = Default::default();
        Self { store, clock, randomness, failures, cache, unknown, loading, warned }
    }

    /// Reads all clients. Besides showing changes, this makes sure that the look-up of an existing one is
    /// never refused because others that share its address have asked for unknown ones.
    pub async fn load(&self) -> Result<(), StoreError> {
        let _guard = self.loading.lock().await;
        let asked = Instant::now();
        let clients = self.store.list_clients().await?;
        let clients = clients.into_iter().map(|client| (client.id.clone(), (asked, client)));
        let clients = clients.collect();
        *self.cache.write().unwrap_or_else(PoisonError::into_inner) = clients;
        Ok(())
    }

    /// Returns the clients that expire within two weeks, each at most once a day.
    pub fn expiring_soon(&self) -> Vec<(ClientId, Timestamp)> {
        let now = self.clock.now();
        let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        warned.retain(|_, at| now < at.plus(WARNING_INTERVAL));
        let clients = cache.values().map(|(_, client)| client);
        let expiring = clients.filter_map(|client| {
            let expires_at = client.expires_at?;
            let is_soon = now < expires_at && expires_at < now.plus(EXPIRES_SOON);
            let is_due = is_soon && !warned.contains_key(&client.id);
            is_due.then(|| (client.id.clone(), expires_at))
        });
        let expiring = expiring.collect::<Vec<_>>();
        warned.extend(expiring.iter().map(|(id, _)| (id.clone(), now)));
        expiring
    }

    /// Returns the credentials' client if it may call from this address and has the scope. Looking up an
    /// unknown id counts as a failure of the address.
    pub async fn authenticate(
        &self,
        credentials: &Credentials,
        scope: Scope,
        address: IpAddr,
    ) -> Result<ApiClient, ClientError> {
        let id = ClientId::parse(&credentials.id).map_err(|_| ClientError::Invalid)?;
        let client = self.find(&id, address.into()).await?.ok_or(ClientError::Invalid)?;
        Subject::client(id).note();
        let now = self.clock.now();
        // A stranger without the secret learns nothing about the client.
        if !client.accepts(credentials.secret.expose(), now) {
            return Err(ClientError::Invalid);
        }
        if client.has_expired(now) {
            return Err(ClientError::Expired);
        }
        if !client.may_call_from(address) {
            return Err(ClientError::AddressNotAllowed);
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
mod tests;
