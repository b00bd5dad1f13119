use std::sync::Arc;
use std::time::Duration;

use mongodb::Collection;
use tokio::sync::Semaphore;
use wxlogin_domain::ports::{StoreError, Stores};

use crate::connect::{DatabaseSettings, OpenError, connect};
use crate::document::{
    ApiClient, AuditEvent, Conflict, Deployment, Identity, Lease, Revoked, SigningKey, Tombstone,
    UnionId, User,
};
use crate::error::Failure;
use crate::schema;

/// One open database.
#[derive(Clone)]
pub struct Database(Connections);

/// The collections, and the way to them.
#[derive(Clone)]
pub(crate) struct Connections {
    pub(crate) users: Collection<User>,
    pub(crate) identities: Collection<Identity>,
    pub(crate) union_ids: Collection<UnionId>,
    pub(crate) conflicts: Collection<Conflict>,
    pub(crate) tombstones: Collection<Tombstone>,
    pub(crate) revocations: Collection<Revoked>,
    pub(crate) audit_events: Collection<AuditEvent>,
    pub(crate) signing_keys: Collection<SigningKey>,
    pub(crate) api_clients: Collection<ApiClient>,
    pub(crate) deployment: Collection<Deployment>,
    pub(crate) leases: Collection<Lease>,
    pub(crate) database: mongodb::Database,
    pub(crate) settings: DatabaseSettings,
    permits: Arc<Semaphore>,
}

impl Database {
    /// Opens the database behind `url`, which has to answer.
    pub async fn open(url: &str, settings: DatabaseSettings) -> Result<Self, OpenError> {
        Ok(Self(Connections::new(connect(url, settings).await?, settings)))
    }

    /// Makes the indexes that are missing, and finishes what a crash has held up. Processes may do
    /// so at once.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let connections = self.0.clone();
        let work = async move {
            schema::migrate(&connections.database).await?;
            connections.finish_what_was_held_up().await
        };
        // A new index on a large collection takes its time.
        tokio::spawn(work).await.map_err(|_| ended())?.map_err(Into::into)
    }

    /// How many indexes are still to be made.
    pub async fn pending_migrations(&self) -> Result<usize, StoreError> {
        let database = self.0.database.clone();
        self.0.call(async move { schema::pending(&database).await }).await
    }

    /// The domain's ports on this database.
    #[must_use]
    pub fn stores(&self) -> Stores {
        let connections = Arc::new(self.0.clone());
        Stores {
            accounts: connections.clone(),
            sessions: connections.clone(),
            keys: connections.clone(),
            clients: connections.clone(),
            audit: connections.clone(),
            import: connections.clone(),
            transfer: connections.clone(),
            deployment: connections,
        }
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.0.database.client().clone().shutdown().immediate(true).await;
    }
}

impl Connections {
    pub(crate) fn new(database: mongodb::Database, settings: DatabaseSettings) -> Self {
        let connections = usize::try_from(settings.connections).unwrap_or(usize::MAX);
        Self {
            users: database.collection("users"),
            identities: database.collection("identities"),
            union_ids: database.collection("union_ids"),
            conflicts: database.collection("identity_conflicts"),
            tombstones: database.collection("tombstones"),
            revocations: database.collection("revocations"),
            audit_events: database.collection("audit_events"),
            signing_keys: database.collection("signing_keys"),
            api_clients: database.collection("api_clients"),
            deployment: database.collection("deployment"),
            leases: database.collection("leases"),
            database,
            settings,
            permits: Arc::new(Semaphore::new(connections.clamp(1, Semaphore::MAX_PERMITS))),
        }
    }

    /// Does the work of one port call, within the settings' times.
    ///
    /// The driver's futures must not be dropped halfway, so the work has a task of its own and only
    /// the waiting for it is given up. The driver would let any number of calls queue for its
    /// connections without a limit of time; the permits are a queue that has one, and bound how
    /// much unfinished work a server that has gone silent can gather.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self.permits.clone().acquire_owned();
        let permit = tokio::time::timeout(self.settings.acquire_timeout, permit).await;
        let Ok(Ok(permit)) = permit else {
            return Err(StoreError::Unavailable("no connection became free in time".into()));
        };
        let task = tokio::spawn(async move {
            let done = work.await;
            drop(permit);
            done
        });
        // Finding a server comes first, and has a limit of its own.
        let longest = self.settings.acquire_timeout + self.settings.statement_timeout;
        match tokio::time::timeout(longest, task).await {
            Ok(Ok(done)) => done.map_err(Into::into),
            Ok(Err(_)) => Err(ended()),
            Err(_) => Err(StoreError::Unavailable("it does not answer in time".into())),
        }
    }
}

/// How often a write that lost against another one starts over. Each time somebody else's has come
/// through, so this is also how many may want the same documents at once.
const ATTEMPTS: u64 = 200;

/// Repeats what lost against another writer, with what is there now.
pub(crate) async fn persist<T, F>(attempt: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    for number in 1..ATTEMPTS {
        match attempt().await {
            // What the other one wrote can be read only when a majority has it.
            Err(Failure::Conflict) => {
                tokio::time::sleep(Duration::from_millis(number.min(20))).await;
            }
            done => return done,
        }
    }
    attempt().await
}

fn ended() -> StoreError {
    StoreError::Unexpected("a task of the database ended early".into())
}
