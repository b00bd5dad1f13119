//! Writing transactions, on connections that are not reused unless the server confirmed how the
//! transaction ended.
//!
//! The driver's own transactions count how deep they are nested and only queue a rollback. When a
//! COMMIT fails because the disk is full, SQLite rolls back by itself, the queued ROLLBACK fails
//! too, and the count stays wrong: every later transaction on that connection is a savepoint that
//! nobody commits. Here BEGIN, COMMIT and ROLLBACK are plain statements.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::Mutex;

use crate::connection::Connection;
use crate::error::Failure;
use crate::pool::{Idle, Turn};

/// A writing transaction. Dropped without a commit or rollback that the server has confirmed, it
/// closes its connection, which rolls back.
pub(crate) struct Transaction {
    backend: DbBackend,
    // Before the turn, because it goes first.
    state: Mutex<State>,
    turn: Turn,
}

struct State {
    /// `None` once the transaction has ended.
    connection: Option<Idle>,
    /// The server may have rolled back already: PostgreSQL answers a COMMIT then without an error.
    is_broken: bool,
}

impl Transaction {
    /// Begins one on a connection of this pool.
    pub(crate) async fn begin(turn: Turn) -> Result<Self, Failure> {
        let backend = turn.backend();
        let connection = Some(turn.connection().await?);
        let state = Mutex::new(State { connection, is_broken: false });
        let transaction = Self { backend, state, turn };
        let begin = match backend {
            // Its connections for writing do not commit by themselves: the first statement begins.
            DbBackend::MySql => None,
            DbBackend::Postgres => Some("BEGIN"),
            // It takes its write lock at once: a transaction that took it later would fail instead
            // of waiting when another process had written in between.
            _ => Some("BEGIN IMMEDIATE"),
        };
        if let Some(begin) = begin {
            transaction.execute_unprepared(begin).await?;
        }
        Ok(transaction)
    }

    /// Commits what was done, or rolls back what failed. When this returns `Ok`, everything that was
    /// written is durable.
    pub(crate) async fn finish<T>(self, done: Result<T, Failure>) -> Result<T, Failure> {
        match done {
            Ok(_) if self.state.lock().await.is_broken => {
                self.end("ROLLBACK").await?;
                Err(Failure::Unexpected("a statement of the transaction failed".into()))
            }
            Ok(value) => self.end("COMMIT").await.map(|()| value),
            Err(failure) => {
                // Should this fail, the connection is closed.
                let _ = self.end("ROLLBACK").await;
                Err(failure)
            }
        }
    }

    async fn end(mut self, statement: &str) -> Result<(), Failure> {
        self.execute_unprepared(statement).await?;
        if let Some(connection) = self.state.get_mut().connection.take() {
            self.turn.keep(connection).await;
        }
        Ok(())
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if let Some(idle) = &mut self.connection {
            idle.connection.close_on_drop();
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
        let done = state.connection()?.execute(statement).await;
        state.checked(done)
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        let mut state = self.state.lock().await;
        let done = state.connection()?.execute_text(text).await;
        state.checked(done)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut state = self.state.lock().await;
        let found = state.connection()?.find(statement).await;
        state.checked(found)
    }
}

impl State {
    fn connection(&mut self) -> Result<&mut Connection, DbErr> {
        let idle = self.connection.as_mut();
        let ended = || DbErr::Custom("the transaction has ended".into());
        idle.map(|idle| &mut idle.connection).ok_or_else(ended)
    }

    /// Remembers a failure.
    fn checked<T>(&mut self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        self.is_broken |= result.is_err();
        result
    }
}
