use std::sync::Arc;
use std::time::Duration;

use mongodb::options::{
    Acknowledgment, ClientOptions, ConnectionString, ReadConcern, ReadPreference,
    SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Collection, bson::doc};
use tokio::sync::Semaphore;
use wxlogin_domain::ports::{StoreError, Stores};

use crate::document::{AuditEvent, Conflict, Deployment, Identity, SigningKey, UnionId, User};
use crate::error::{Failure, open_error};
use crate::schema;

/// How connections are used.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseSettings {
    /// Connections to each server.
    pub connections: u32,
    /// How long a call waits for a connection or a server before the store is unavailable.
    pub acquire_timeout: Duration,
    /// How long a call may take once it has a connection.
    pub statement_timeout: Duration,
}

/// A database that cannot be used. The texts never name a host, a user or a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The URL is not one of MongoDB.
    #[error("database.url has to begin with `mongodb:`")]
    UnknownScheme,
    /// The URL wants the hosts to be looked up.
    #[error(
        "database.url begins with `mongodb+srv:`, which is not supported: name the hosts in a `mongodb:` URL"
    )]
    NeedsLookup,
    /// The URL has the right scheme and no more sense.
    #[error(
        "database.url is not a URL like `mongodb://user:password@host/wxlogin?authSource=admin`"
    )]
    BadUrl,
    /// The URL names a server and no database.
    #[error("database.url does not name a database: add one after the host, like `…@host/wxlogin`")]
    NoDatabase,
    /// The server does not know user or password.
    #[error("the database refuses the user or the password of database.url")]
    AccessDenied,
    /// The server is too old.
    #[error("the database server is too old: MongoDB 4.4 or later is needed")]
    TooOld,
    /// It cannot be reached or read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

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
    pub(crate) audit_events: Collection<AuditEvent>,
    pub(crate) signing_keys: Collection<SigningKey>,
    pub(crate) deployment: Collection<Deployment>,
    database: mongodb::Database,
    settings: DatabaseSettings,
    permits: Arc<Semaphore>,
}

impl Database {
    /// Opens the database behind `url`, which has to answer.
    pub async fn open(url: &str, settings: DatabaseSettings) -> Result<Self, OpenError> {
        let (url, name) = parse(url)?;
        let mut options = ClientOptions::parse(url).await.map_err(|_| OpenError::BadUrl)?;
        set(&mut options, settings);
        let client = Client::with_options(options).map_err(|_| OpenError::BadUrl)?;
        let database = client.database(&name);
        database.run_command(doc! { "ping": 1 }).await.map_err(open_error)?;
        Ok(Self(Connections::new(database, settings)))
    }

    /// Makes the indexes that are missing, and moves on what a crash has held up. Processes may do
    /// so at once.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let connections = self.0.clone();
        let work = async move {
            schema::migrate(&connections.database).await?;
            connections.empty_outboxes().await
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
            deployment: connections,
        }
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.0.database.client().clone().shutdown().immediate(true).await;
    }
}

impl Connections {
    fn new(database: mongodb::Database, settings: DatabaseSettings) -> Self {
        let connections = usize::try_from(settings.connections).unwrap_or(usize::MAX);
        Self {
            users: database.collection("users"),
            identities: database.collection("identities"),
            union_ids: database.collection("union_ids"),
            conflicts: database.collection("identity_conflicts"),
            audit_events: database.collection("audit_events"),
            signing_keys: database.collection("signing_keys"),
            deployment: database.collection("deployment"),
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

/// Whether `url` could be opened, as far as that shows without opening it.
pub fn check_url(url: &str) -> Result<(), OpenError> {
    parse(url).map(drop)
}

/// The parsed URL and the database it names.
fn parse(url: &str) -> Result<(ConnectionString, String), OpenError> {
    if url.starts_with("mongodb+srv:") {
        return Err(OpenError::NeedsLookup);
    }
    if !url.starts_with("mongodb:") {
        return Err(OpenError::UnknownScheme);
    }
    // The driver's own text may quote any part of the URL.
    let url = ConnectionString::parse(url).map_err(|_| OpenError::BadUrl)?;
    let name = url.default_database.clone().filter(|name| !name.is_empty());
    let name = name.ok_or(OpenError::NoDatabase)?;
    Ok((url, name))
}

/// What holds whatever the URL says.
fn set(options: &mut ClientOptions, settings: DatabaseSettings) {
    options.app_name = Some("wxlogin".into());
    options.min_pool_size = Some(1);
    options.max_pool_size = Some(settings.connections.max(1));
    options.server_selection_timeout = Some(settings.acquire_timeout);
    options.connect_timeout = Some(settings.acquire_timeout);
    // What is answered has been written to the journals of a majority and cannot be rolled back.
    options.write_concern = Some(
        WriteConcern::builder()
            .w(Acknowledgment::Majority)
            .journal(true)
            .w_timeout(settings.statement_timeout)
            .build(),
    );
    // And what is read cannot be rolled back either. With both, and from the primary, a read sees
    // every write that was answered before.
    options.read_concern = Some(ReadConcern::majority());
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
}

fn ended() -> StoreError {
    StoreError::Unexpected("a task of the database ended early".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_scheme_host_and_database() {
        for right in [
            "mongodb://localhost/wxlogin",
            "mongodb://user:p%40ss@a:27017,b:27018/wxlogin?replicaSet=rs0&authSource=admin&tls=true",
        ] {
            assert_eq!(check_url(right), Ok(()), "{right:?}");
        }
        let wrong = [
            ("", OpenError::UnknownScheme),
            ("mysql://localhost/wxlogin", OpenError::UnknownScheme),
            ("mongodb+srv://cluster.example/wxlogin", OpenError::NeedsLookup),
            ("mongodb:wxlogin", OpenError::BadUrl),
            ("mongodb://", OpenError::BadUrl),
            ("mongodb://user:pass:word@host/wxlogin", OpenError::BadUrl),
            ("mongodb://localhost", OpenError::NoDatabase),
            ("mongodb://localhost/", OpenError::NoDatabase),
            ("mongodb://localhost/?replicaSet=rs0", OpenError::NoDatabase),
        ];
        for (url, error) in wrong {
            assert_eq!(check_url(url), Err(error), "{url:?}");
        }
    }

    #[test]
    fn no_text_repeats_the_url() {
        let url = "mongodb://alice:s3cret:x@host.example/wxlogin";
        let text = check_url(url).unwrap_err().to_string();
        for part in ["alice", "s3cret", "host.example"] {
            assert!(!text.contains(part), "{text}");
        }
    }
}
