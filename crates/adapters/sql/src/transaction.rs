//! Writing transactions, on connections that are not reused unless the server confirmed how the
//! transaction ended.
//!
//! The driver's own transactions count how deep they are nested and only queue a rollback. When a
//! COMMIT fails because the disk is full, SQLite rolls back by itself, the queued ROLLBACK fails
//! too, and the count stays wrong: every later transaction on that connection is a savepoint that
//! nobody commits. Here BEGIN, COMMIT and ROLLBACK are plain statements.

use async_trait::async_trait;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{self, AssertSqlSafe, Executor, MySql, Postgres, Sqlite};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement,
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::Mutex;

use crate::error::Failure;

/// A writing transaction. Dropped without a commit or rollback that the server has confirmed, it
/// closes its connection, which rolls back.
pub(crate) struct Transaction {
    backend: DbBackend,
    state: Mutex<State>,
}

struct State {
    connection: Connection,
    /// The server may have rolled back already: PostgreSQL answers a COMMIT then without an error.
    is_broken: bool,
    has_ended: bool,
}

enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    MySql(PoolConnection<MySql>),
    Postgres(PoolConnection<Postgres>),
}

/// Runs the same code with the connection of whichever driver.
macro_rules! with {
    ($connection:expr, $name:ident => $run:expr) => {
        match $connection {
            Connection::Sqlite($name) => $run,
            Connection::MySql($name) => $run,
            Connection::Postgres($name) => $run,
        }
    };
}

impl Transaction {
    /// Begins one on a connection of this pool.
    pub(crate) async fn begin(pool: &DatabaseConnection) -> Result<Self, Failure> {
        let backend = pool.get_database_backend();
        let connection = match backend {
            DbBackend::MySql => {
                pool.get_mysql_connection_pool().acquire().await.map(Connection::MySql)
            }
            DbBackend::Postgres => {
                pool.get_postgres_connection_pool().acquire().await.map(Connection::Postgres)
            }
            _ => pool.get_sqlite_connection_pool().acquire().await.map(Connection::Sqlite),
        };
        let connection = connection.map_err(query_error)?;
        let state = State { connection, is_broken: false, has_ended: false };
        let transaction = Self { backend, state: Mutex::new(state) };
        // SQLite takes its write lock at once: a transaction that took it later would fail instead
        // of waiting when another process had written in between.
        let begin = if backend == DbBackend::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
        transaction.execute_unprepared(begin).await?;
        Ok(transaction)
    }

    /// Commits. When this returns, everything that was written is durable.
    async fn commit(self) -> Result<(), Failure> {
        if self.state.lock().await.is_broken {
            return Err(Failure::Unexpected("a statement of the transaction failed".into()));
        }
        self.end("COMMIT").await
    }

    /// Commits what was done, or rolls back what failed.
    pub(crate) async fn finish<T>(self, done: Result<T, Failure>) -> Result<T, Failure> {
        match done {
            Ok(value) => self.commit().await.map(|()| value),
            Err(failure) => {
                // Should this fail, the connection is closed.
                let _ = self.end("ROLLBACK").await;
                Err(failure)
            }
        }
    }

    async fn end(mut self, statement: &str) -> Result<(), Failure> {
        self.execute_unprepared(statement).await?;
        self.state.get_mut().has_ended = true;
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        if !state.has_ended {
            with!(&mut state.connection, connection => connection.close_on_drop());
        }
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut state = self.state.lock().await;
        let done = with!(&mut state.connection, connection => {
            query(statement).execute(&mut **connection).await.map(ExecResult::from)
        });
        state.checked(done.map_err(exec_error))
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        let mut state = self.state.lock().await;
        let text = AssertSqlSafe(text.to_owned());
        let done = with!(&mut state.connection, connection => {
            (&mut **connection).execute(text).await.map(ExecResult::from)
        });
        state.checked(done.map_err(exec_error))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut state = self.state.lock().await;
        let found = with!(&mut state.connection, connection => {
            let row = query(statement).fetch_optional(&mut **connection).await;
            row.map(|row| row.map(QueryResult::from))
        });
        state.checked(found.map_err(query_error))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut state = self.state.lock().await;
        let found = with!(&mut state.connection, connection => {
            let rows = query(statement).fetch_all(&mut **connection).await;
            rows.map(|rows| rows.into_iter().map(QueryResult::from).collect())
        });
        state.checked(found.map_err(query_error))
    }
}

impl State {
    /// Remembers a failure.
    fn checked<T>(&mut self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        self.is_broken |= result.is_err();
        result
    }
}

fn query<DB: sqlx::Database>(statement: Statement) -> sqlx::query::Query<'static, DB, SqlxValues>
where
    SqlxValues: sqlx::IntoArguments<DB>,
{
    let values = statement.values.unwrap_or(sea_orm::Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

fn exec_error(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
