use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use wxlogin_domain::ports::{StoreError, Stores};

use crate::error::store_error;
use crate::migration::Migrator;

/// How connections are used.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseSettings {
    /// Connections for reading.
    pub readers: u32,
    /// How long a call waits for a connection or a lock before the store is unavailable.
    pub acquire_timeout: Duration,
}

/// A database that cannot be used. The texts name files and schemes, never a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The URL is not one of a SQL database.
    #[error("database.url has to begin with `sqlite:`")]
    UnknownScheme,
    /// The URL has the right scheme and no more sense.
    #[error(
        "database.url is not a SQLite URL like `sqlite:wxlogin.db` or `sqlite:///var/lib/wxlogin.db`"
    )]
    BadUrl,
    /// An in-memory database would have one content for each connection.
    #[error("database.url names an in-memory database, which forgets every user; give it a file")]
    InMemory,
    /// The folder of the file is missing.
    #[error("the folder of the database file does not exist: {0}")]
    NoFolder(String),
    /// The file cannot be opened or migrated.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One open database.
#[derive(Clone)]
pub struct Database(Arc<Connections>);

pub(crate) struct Connections {
    writer: DatabaseConnection,
    readers: DatabaseConnection,
}

impl Database {
    /// Opens the database behind `url`, making the file if it is not there.
    pub async fn open(url: &str, settings: DatabaseSettings) -> Result<Self, OpenError> {
        check_url(url)?;
        let writer = connect(url, settings, Role::Writer).await?;
        let readers = connect(url, settings, Role::Reader).await?;
        Ok(Self(Arc::new(Connections { writer, readers })))
    }

    /// Brings the schema up to date. Processes that do so at once take turns.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let lock = self.0.begin().await.map_err(|error| store_error(&error))?;
        Migrator::up(&lock, None).await.map_err(|error| store_error(&error))?;
        lock.commit().await.map_err(|error| store_error(&error))
    }

    /// How many migrations are still to be made.
    pub async fn pending_migrations(&self) -> Result<usize, StoreError> {
        let pending = Migrator::get_pending_migrations_read_only(&self.0.writer).await;
        pending.map(|pending| pending.len()).map_err(|error| store_error(&error))
    }

    /// The domain's ports on this database.
    #[must_use]
    pub fn stores(&self) -> Stores {
        Stores {
            accounts: self.0.clone(),
            sessions: self.0.clone(),
            keys: self.0.clone(),
            deployment: self.0.clone(),
        }
    }

    /// Closes every connection; SQLite then folds its log into the file.
    pub async fn close(&self) {
        for connection in [&self.0.readers, &self.0.writer] {
            if let Err(error) = connection.close_by_ref().await {
                tracing::warn!(error = %store_error(&error), "the database did not close");
            }
        }
    }
}

impl Connections {
    /// For reading what is committed.
    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// A transaction that holds SQLite's write lock from its first statement: one that took it
    /// later would fail instead of waiting when another process had written in between.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.writer.begin_with_options(options).await
    }
}

enum Role {
    Writer,
    Reader,
}

/// Whether `url` could be opened, as far as that shows without opening it.
pub fn check_url(url: &str) -> Result<(), OpenError> {
    let rest = url.strip_prefix("sqlite:").ok_or(OpenError::UnknownScheme)?;
    if rest.contains(":memory:") || rest.contains("mode=memory") {
        return Err(OpenError::InMemory);
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|_| OpenError::BadUrl)?;
    let file = options.get_filename();
    if file.file_name().is_none() {
        return Err(OpenError::BadUrl);
    }
    match file.parent() {
        Some(folder) if folder != Path::new("") && !folder.is_dir() => {
            Err(OpenError::NoFolder(folder.display().to_string()))
        }
        _ => Ok(()),
    }
}

async fn connect(
    url: &str,
    settings: DatabaseSettings,
    role: Role,
) -> Result<DatabaseConnection, StoreError> {
    let mut options = ConnectOptions::new(url);
    let (connections, read_only) = match role {
        Role::Writer => (1, false),
        Role::Reader => (settings.readers, true),
    };
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(settings.acquire_timeout)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .create_if_missing(!read_only)
                .read_only(read_only)
                .journal_mode(SqliteJournalMode::Wal)
                // An answered login survives a power cut.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(settings.acquire_timeout)
        });
    sea_orm::Database::connect(options).await.map_err(|error| store_error(&error))
}
