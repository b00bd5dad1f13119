use futures_util::future::BoxFuture;
use sea_orm::{DatabaseConnection, DbErr};
use wxlogin_domain::ports::StoreError;

use crate::engine::{Engine, Role};
use crate::error::Failure;
use crate::open_error::OpenError;
use crate::settings::DatabaseSettings;
use crate::transaction::Transaction;

/// The connections to one database, by use.
pub(crate) struct Connections {
    pub(crate) engine: Engine,
    pub(crate) settings: DatabaseSettings,
    writer: DatabaseConnection,
    logins: DatabaseConnection,
    reader: DatabaseConnection,
}

/// How often a write that conflicted with another one is tried.
pub(crate) const ATTEMPTS: u32 = 8;

impl Connections {
    /// Connects to a database that exists.
    pub(crate) async fn open(
        engine: Engine,
        url: &str,
        settings: DatabaseSettings,
    ) -> Result<Self, OpenError> {
        let writer = engine.connect(url, settings, Role::Writer).await?;
        engine.check_version(&writer).await?;
        let (logins, reader) = match engine {
            Engine::Sqlite => (writer.clone(), engine.connect(url, settings, Role::Reader).await?),
            Engine::MySql | Engine::Postgres => {
                (engine.connect(url, settings, Role::Logins).await?, writer.clone())
            }
        };
        Ok(Self { engine, settings, writer, logins, reader })
    }

    /// Closes every connection; SQLite then folds its log into the file.
    pub(crate) async fn close(&self) {
        for connection in [&self.reader, &self.logins, &self.writer] {
            if let Err(error) = connection.close_by_ref().await {
                let error = StoreError::from(Failure::from(error));
                tracing::warn!(%error, "cannot close the database");
            }
        }
    }

    /// For writing, and reading what is about to be written.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// For reading what is committed.
    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Begins a transaction for logins, on the connection kept for them.
    pub(crate) async fn begin_logins(&self) -> Result<Transaction, Failure> {
        Transaction::begin(&self.logins).await
    }

    /// Runs `work` in a transaction, and again after a conflict with another writer or a lost
    /// connection. Repeating `work` must have the same result.
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
                // It may have been committed.
                Err(Failure::Lost(_)) if !lost => lost = true,
                done => return Ok(done?),
            }
        }
        Ok(self.bounded(attempt()).await?)
    }

    /// Reads, within the time that a caller may wait.
    pub(crate) async fn read<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, StoreError> {
        Ok(self.bounded(async { Ok(work.await?) }).await?)
    }

    /// A server that hangs sends nothing, not even an error.
    async fn bounded<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let limit = self.settings.acquire_timeout + self.settings.statement_timeout;
        let silent = |_| Err(Failure::Unavailable("no answer in time".into()));
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
