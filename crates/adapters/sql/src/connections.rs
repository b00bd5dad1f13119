use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::DbErr;
use wxlogin_domain::ports::StoreError;

use crate::engine::{ABANDONED, Engine, Role};
use crate::error::Failure;
use crate::open_error::OpenError;
use crate::pool::Pool;
use crate::reads::Reads;
use crate::settings::DatabaseSettings;
use crate::transaction::Transaction;

/// The connections to one database, by use: no use waits for another. SQLite has one writer, so there
/// all that write share one connection.
pub(crate) struct Connections {
    pub(crate) engine: Engine,
    pub(crate) settings: DatabaseSettings,
    reads: Reads,
    feed: Reads,
    writes: Arc<Pool>,
    logins: Arc<Pool>,
    refreshes: Arc<Pool>,
    probes: Arc<Pool>,
}

/// How often a write that conflicted with another one is tried.
pub(crate) const ATTEMPTS: u32 = 8;

impl Connections {
    /// Connects to a database that exists, for all uses at once.
    pub(crate) async fn open(
        engine: Engine,
        url: &str,
        settings: DatabaseSettings,
    ) -> Result<Self, OpenError> {
        // On the heap: the driver's futures are large.
        let open = |role| Box::pin(engine.pool(url, settings, role));
        let (reads, feed) = (open(Role::Reads), open(Role::Feed));
        let writes = open(Role::Writes);
        let (reads, feed, writes, logins, refreshes, probes) = match engine {
            Engine::Sqlite => {
                let (reads, feed, writes) = tokio::try_join!(reads, feed, writes)?;
                (reads, feed, writes.clone(), writes.clone(), writes.clone(), writes)
            }
            Engine::MySql | Engine::Postgres => {
                let (logins, refreshes) = (open(Role::Logins), open(Role::Refreshes));
                tokio::try_join!(reads, feed, writes, logins, refreshes, open(Role::Probes))?
            }
        };
        let (reads, feed) = (Reads::new(reads), Reads::new(feed));
        Ok(Self { engine, settings, reads, feed, writes, logins, refreshes, probes })
    }

    /// Closes every connection; SQLite then folds its log into the file.
    pub(crate) async fn close(&self) {
        let Self { reads, feed, logins, refreshes, probes, writes, .. } = self;
        for pool in [reads.pool(), feed.pool(), logins, refreshes, probes, writes] {
            if let Err(error) = pool.close().await {
                let error = StoreError::from(Failure::from(error));
                tracing::warn!(%error, "cannot close the database");
            }
        }
    }

    /// For reading what is committed.
    pub(crate) fn reader(&self) -> &Reads {
        &self.reads
    }

    /// For reading what instances tell each other, on a connection kept for that.
    pub(crate) fn feed(&self) -> &Reads {
        &self.feed
    }

    /// Where batches of logins are written.
    pub(crate) fn logins(&self) -> &Arc<Pool> {
        &self.logins
    }

    /// Where batches of refreshes are written.
    pub(crate) fn refreshes(&self) -> &Arc<Pool> {
        &self.refreshes
    }

    /// Runs `work` in a transaction, and again after a conflict with another writer or a lost
    /// connection. Repeating `work` must have the same result.
    pub(crate) async fn write<I: Sync, T>(
        &self,
        input: &I,
        work: impl Work<I, T>,
    ) -> Result<T, StoreError> {
        self.write_on(&self.writes, input, work).await
    }

    /// The same on the connection with which the database is tried out.
    pub(crate) async fn write_probe<I: Sync, T>(
        &self,
        input: &I,
        work: impl Work<I, T>,
    ) -> Result<T, StoreError> {
        self.write_on(&self.probes, input, work).await
    }

    async fn write_on<I: Sync, T>(
        &self,
        pool: &Arc<Pool>,
        input: &I,
        work: impl Work<I, T>,
    ) -> Result<T, StoreError> {
        let attempt = async || {
            let turn = pool.turn().await?;
            self.bounded(async {
                let transaction = Transaction::begin(turn).await?;
                let done = work(&transaction, input).await;
                transaction.finish(done).await
            })
            .await
        };
        let mut lost = false;
        for _ in 1..ATTEMPTS {
            match attempt().await {
                Err(Failure::Conflict) => {}
                // It may have been committed.
                Err(Failure::Lost(_)) if !lost => lost = true,
                done => return Ok(done?),
            }
        }
        Ok(attempt().await?)
    }

    /// Reads with [`Connections::reader`] or [`Connections::feed`], within the time that a caller may wait.
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
        let silent = |_| Err(Failure::Unavailable("no answer in time".into()));
        tokio::time::timeout(self.longest_call(), work).await.unwrap_or_else(silent)
    }

    /// Waiting for a turn, connecting, and the statement.
    fn longest_call(&self) -> Duration {
        2 * self.settings.acquire_timeout + self.settings.statement_timeout
    }

    /// How long after its first statement a transaction can be committed. One that was given up is
    /// committed or ended by the server: the last statement takes its time, and then the client is silent.
    pub(crate) fn longest_write(&self) -> Duration {
        self.longest_call() + self.settings.statement_timeout + ABANDONED
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
