use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait};
use sea_orm_migration::MigratorTrait;
use wxlogin_domain::ports::{StoreError, Stores};

use crate::engine::{Engine, Role};
use crate::error::{Failure, open_error};
use crate::group_commit::GroupCommit;
use crate::migration::Migrator;
use crate::transaction::Transaction;

/// How connections are used.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseSettings {
    /// Connections to the database; with `SQLite` these read, and one more writes.
    pub connections: u32,
    /// How long a call waits for a connection or a lock before the store is unavailable.
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// How many logins that arrive together one transaction takes, at most.
    pub logins_per_transaction: usize,
}

impl DatabaseSettings {
    /// A good number of logins for one transaction: its statements stay far below what a server
    /// takes at once.
    pub const LOGINS_PER_TRANSACTION: usize = 128;
}

/// A database that cannot be used. The texts name files and schemes, never a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The URL is not one of a SQL database.
    #[error("the URL has to begin with `sqlite:`, `mysql:`, `mariadb:` or `postgres:`")]
    UnknownScheme,
    /// The URL has the right scheme and no more sense.
    #[error("the URL is not one like `sqlite:wxlogin.db` or `mysql://user:password@host/database`")]
    BadUrl,
    /// The URL names a server and no database.
    #[error("the URL does not name a database: add one after the host, like `…@host/wxlogin`")]
    NoDatabase,
    /// An in-memory database would have one content for each connection.
    #[error("the URL names an in-memory database, which forgets every user; give it a file")]
    InMemory,
    /// The folder of the file is missing.
    #[error("the folder of the database file does not exist: {0}")]
    NoFolder(String),
    /// The file cannot be made or written.
    #[error("the database file cannot be opened for writing: {0}")]
    NoFile(String),
    /// The server does not know user or password.
    #[error("the database refuses the user or the password of the URL")]
    AccessDenied,
    /// The server has no such database.
    #[error("the database that the URL names does not exist on the server: create it first")]
    DatabaseMissing,
    /// The server is too old.
    #[error("the database server is too old: {name} {major}.{minor} or later is needed")]
    TooOld {
        /// What it is.
        name: &'static str,
        /// The oldest version that will do.
        major: u32,
        /// Its second number.
        minor: u32,
    },
    /// It cannot be reached, opened or read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DbErr> for OpenError {
    fn from(error: DbErr) -> Self {
        open_error(&error)
    }
}

/// One open database.
#[derive(Clone)]
pub struct Database {
    url: Arc<str>,
    connections: Arc<Connections>,
}

pub(crate) struct Connections {
    pub(crate) engine: Engine,
    pub(crate) settings: DatabaseSettings,
    writer: DatabaseConnection,
    logins: DatabaseConnection,
    reader: DatabaseConnection,
}

/// How often a write that lost against another one starts over.
pub(crate) const ATTEMPTS: u32 = 8;

impl Database {
    /// Opens the database behind `url`; a `SQLite` file is made if it is not there.
    pub async fn open(url: &str, settings: DatabaseSettings) -> Result<Self, OpenError> {
        let engine = Engine::of(url)?;
        engine.make_file(url)?;
        let writer = engine.connect(url, settings, Role::Writer).await?;
        engine.check_version(&writer).await?;
        let (logins, reader) = match engine {
            Engine::Sqlite => (writer.clone(), engine.connect(url, settings, Role::Reader).await?),
            Engine::MySql | Engine::Postgres => {
                (engine.connect(url, settings, Role::Logins).await?, writer.clone())
            }
        };
        let connections = Arc::new(Connections { engine, settings, writer, logins, reader });
        Ok(Self { url: url.into(), connections })
    }

    /// Brings the schema up to date. Processes that do so at once take turns.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.migrate_locked().await.map_err(|error| match error {
            // The migrator's word for a migration that it does not know.
            DbErr::Custom(text) if text.contains("is missing") => {
                StoreError::Unexpected("its schema was made by a newer wxlogin".into())
            }
            error => Failure::from(error).into(),
        })
    }

    /// Migrates on a connection that nobody uses for anything else.
    async fn migrate_locked(&self) -> Result<(), DbErr> {
        let Connections { engine, settings, .. } = self.connections.as_ref();
        let connection = engine.connect(&self.url, *settings, Role::Migrator).await?;
        let migrated = migrate(*engine, &connection).await;
        connection.close().await?;
        migrated
    }

    /// How many migrations are still to be made.
    pub async fn pending_migrations(&self) -> Result<usize, StoreError> {
        let pending = Migrator::get_pending_migrations_read_only(&self.connections.writer).await;
        pending.map(|pending| pending.len()).map_err(|error| Failure::from(error).into())
    }

    /// The domain's ports on this database. Call it once: each call has a group commit of its own.
    #[must_use]
    pub fn stores(&self) -> Stores {
        let connections = &self.connections;
        Stores {
            accounts: Arc::new(crate::accounts::Accounts {
                connections: connections.clone(),
                logins: GroupCommit::start(connections.clone()),
            }),
            sessions: connections.clone(),
            keys: connections.clone(),
            clients: connections.clone(),
            pushes: connections.clone(),
            audit: connections.clone(),
            import: connections.clone(),
            transfer: connections.clone(),
            deployment: connections.clone(),
        }
    }

    /// Closes every connection; `SQLite` then folds its log into the file.
    pub async fn close(&self) {
        for connection in
            [&self.connections.reader, &self.connections.logins, &self.connections.writer]
        {
            if let Err(error) = connection.close_by_ref().await {
                let error = StoreError::from(Failure::from(error));
                tracing::warn!(%error, "the database did not close");
            }
        }
    }
}

async fn migrate(engine: Engine, connection: &DatabaseConnection) -> Result<(), DbErr> {
    match engine {
        Engine::Sqlite => {
            let lock = connection.begin_with_options(engine.transaction()).await?;
            Migrator::up(&lock, None).await?;
            lock.commit().await
        }
        Engine::Postgres => {
            let lock = connection.begin().await?;
            // Waiting for the other process and building an index may take their time.
            lock.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
            lock.execute_unprepared("SELECT pg_advisory_xact_lock(8724180110)").await?;
            Migrator::up(&lock, None).await?;
            lock.commit().await
        }
        Engine::MySql => {
            // Its schema changes commit by themselves, so the lock belongs to the connection.
            let taken = Statement::from_string(DbBackend::MySql, MYSQL_LOCK);
            let taken = connection.query_one_raw(taken).await?;
            let taken = taken.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?;
            if taken.flatten() != Some(1) {
                return Err(DbErr::Migration("another process migrates for too long".into()));
            }
            Migrator::up(connection, None).await
        }
    }
}

/// Takes the lock of this database. The lock's name has at most 64 characters. `SHA2` is in every
/// MySQL and MariaDB; `MD5` and `SHA1` are optional since MySQL 9.6.
const MYSQL_LOCK: &str =
    "SELECT CAST(GET_LOCK(CONCAT('wxlogin.', LEFT(SHA2(DATABASE(), 256), 32)), 60) AS SIGNED)";

impl Connections {
    /// For reading what is committed.
    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Begins a transaction for logins, on the connection kept for them.
    pub(crate) async fn begin_logins(&self) -> Result<Transaction, Failure> {
        Transaction::begin(&self.logins).await
    }

    /// Writes in one transaction, from the start again when another writer was in the way. `work`
    /// must come to the same when it is repeated.
    pub(crate) async fn write<I: Sync, T>(
        &self,
        input: &I,
        work: impl Work<I, T>,
    ) -> Result<T, StoreError> {
        self.write_on(&self.writer, input, work).await
    }

    /// The same on the connection kept for logins.
    pub(crate) async fn write_with_logins<I: Sync, T>(
        &self,
        input: &I,
        work: impl Work<I, T>,
    ) -> Result<T, StoreError> {
        self.write_on(&self.logins, input, work).await
    }

    async fn write_on<I: Sync, T>(
        &self,
        pool: &DatabaseConnection,
        input: &I,
        work: impl Work<I, T>,
    ) -> Result<T, StoreError> {
        let attempt = async || {
            let transaction = Transaction::begin(pool).await?;
            let done = work(&transaction, input).await;
            transaction.finish(done).await
        };
        let mut lost = false;
        for _ in 1..ATTEMPTS {
            match self.bounded(attempt()).await {
                Err(Failure::Conflict) => {}
                // Whether it was committed is unknown, and a repetition comes to the same.
                Err(Failure::Lost(_)) if !lost => lost = true,
                done => return Ok(done?),
            }
        }
        Ok(self.bounded(attempt()).await?)
    }

    /// Reads, within the time that a caller may be kept waiting.
    pub(crate) async fn read<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, StoreError> {
        Ok(self.bounded(async { Ok(work.await?) }).await?)
    }

    /// A server that has fallen silent answers nothing, not even an error.
    async fn bounded<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let limit = self.settings.acquire_timeout + self.settings.statement_timeout;
        let silent = |_| Err(Failure::Unavailable("it does not answer in time".into()));
        tokio::time::timeout(limit, work).await.unwrap_or_else(silent)
    }
}

/// What is done in a transaction.
pub(crate) trait Work<I, T>:
    for<'a> Fn(&'a Transaction, &'a I) -> BoxFuture<'a, Result<T, Failure>> + Sync
{
}

impl<I, T, W> Work<I, T> for W where
    W: for<'a> Fn(&'a Transaction, &'a I) -> BoxFuture<'a, Result<T, Failure>> + Sync
{
}

/// Whether `url` could be opened, as far as that shows without opening it.
pub fn check_url(url: &str) -> Result<(), OpenError> {
    Engine::of(url).map(drop)
}

#[cfg(test)]
mod tests;
