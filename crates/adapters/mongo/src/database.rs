use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use mongodb::Collection;
use tokio::sync::Semaphore;
use wxlogin_domain::ports::{StoreError, Stores};

use crate::connect::{DatabaseSettings, OpenError, connect};
use crate::document::{
    ApiClient, AuditEvent, Conflict, Deployment, Identity, Lease, Push, Revoked, SigningKey,
    Tombstone, UnionId, User,
};
use crate::error::Failure;
use crate::schema;

/// An open database.
#[derive(Clone)]
pub struct Database(Connections);

/// The collections and the settings with which they are used.
#[derive(Clone)]
pub(crate) struct Connections {
    pub(crate) users: Collection<User>,
    pub(crate) identities: Collection<Identity>,
    pub(crate) union_ids: Collection<UnionId>,
    pub(crate) conflicts: Collection<Conflict>,
    pub(crate) tombstones: Collection<Tombstone>,
    pub(crate) revocations: Collection<Revoked>,
    pub(crate) pushes: Collection<Push>,
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
    /// Connects to the database behind `url`.
    pub async fn open(url: &str, settings: DatabaseSettings) -> Result<Self, OpenError> {
        Ok(Self(Connections::new(connect(url, settings).await?, settings)))
    }

    /// Creates missing indexes and finishes what a crash interrupted. Several processes may do so at
    /// once.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let connections = self.0.clone();
        let work = async move {
            schema::migrate(&connections.database).await?;
            connections.finish_interrupted_work().await
        };
        // Not limited in time: a new index on a large collection takes long.
        tokio::spawn(work).await.map_err(|_| task_failed())?.map_err(Into::into)
    }

    /// Returns the number of missing indexes.
    pub async fn pending_migrations(&self) -> Result<usize, StoreError> {
        self.0.call(|connections| async move { schema::pending(&connections.database).await }).await
    }

    /// Returns the domain's store ports on this database.
    #[must_use]
    pub fn stores(&self) -> Stores {
        let connections = Arc::new(self.0.clone());
        Stores {
            accounts: connections.clone(),
            session_keys: connections.clone(),
            conflicts: connections.clone(),
            sessions: connections.clone(),
            keys: connections.clone(),
            clients: connections.clone(),
            audit: connections.clone(),
            import: connections.clone(),
            pushes: connections.clone(),
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
            pushes: database.collection("pushes"),
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

    /// Runs the work of one port call within the time limits of the settings.
    ///
    /// The driver's futures must not be dropped halfway, so the work runs in its own task and a timeout
    /// only ends the wait for it. The driver queues calls for its connections without a time limit; the
    /// permits are a queue with one, and they limit the unfinished work when a server stops answering.
    pub(crate) async fn call<T: Send + 'static, F>(
        &self,
        work: impl FnOnce(Self) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let permit = self.permits.clone().acquire_owned();
        let permit = tokio::time::timeout(self.settings.acquire_timeout, permit).await;
        let Ok(Ok(permit)) = permit else {
            return Err(StoreError::Unavailable(
                "no database connection became free in time".into(),
            ));
        };
        let work = work(self.clone());
        let task = tokio::spawn(async move {
            let done = work.await;
            drop(permit);
            done
        });
        // Selecting a server comes first and has its own limit.
        let longest = self.settings.acquire_timeout + self.settings.statement_timeout;
        match tokio::time::timeout(longest, task).await {
            Ok(Ok(done)) => done.map_err(Into::into),
            Ok(Err(_)) => Err(task_failed()),
            Err(_) => Err(StoreError::Unavailable("the database did not answer in time".into())),
        }
    }
}

/// One attempt of a port call, which borrows what it works on.
type Attempt<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

impl Connections {
    /// Like [`Connections::call`], for work that starts over when it lost against another writer.
    pub(crate) async fn retry<T: Send + 'static, I: Send + Sync + 'static>(
        &self,
        input: I,
        attempt: impl for<'a> Fn(&'a Self, &'a I) -> Attempt<'a, T> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        self.call(|db| async move { retry_on_conflict(|| attempt(&db, &input)).await }).await
    }
}

/// How often a write that lost against another one is tried. Each failure means that another write
/// succeeded, so this also limits how many writers may compete for a document.
const ATTEMPTS: u64 = 200;

/// Repeats an attempt that lost against another writer, on the current data.
pub(crate) async fn retry_on_conflict<T, F>(attempt: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    for number in 1..ATTEMPTS {
        match attempt().await {
            // The other writer's change is readable only once a majority has it.
            Err(Failure::Conflict) => {
                tokio::time::sleep(Duration::from_millis(number.min(20))).await;
            }
            done => return done,
        }
    }
    attempt().await
}

fn task_failed() -> StoreError {
    StoreError::Unexpected("a database task ended early".into())
}
