//! Reading what is committed.

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::error::ConnAcquireErr;
use sea_orm::sqlx;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};

use crate::pool::{Idle, Pool, Turn};

/// Connections on which each statement is on its own, and costs one round trip.
pub(crate) struct Reads(Arc<Pool>);

impl Reads {
    pub(crate) fn new(pool: Arc<Pool>) -> Self {
        Self(pool)
    }

    /// The pool itself.
    pub(crate) fn pool(&self) -> &Pool {
        &self.0
    }

    async fn begin(&self) -> Result<(Turn, Idle), DbErr> {
        let late = |_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
        let turn = self.0.turn().await.map_err(late)?;
        let connection = turn.connection().await.map_err(late)?;
        Ok((turn, connection))
    }

    async fn end<T>(&self, turn: Turn, mut used: Idle, done: Result<T, DbErr>) -> Result<T, DbErr> {
        if done.is_ok() {
            turn.keep(used).await;
        } else {
            used.connection.close_on_drop();
        }
        done
    }
}

/// Whether the connection was gone before it was used.
fn is_lost<T>(done: &Result<T, DbErr>) -> bool {
    matches!(done, Err(DbErr::Query(RuntimeErr::SqlxError(error)))
        if matches!(error.as_ref(), sqlx::Error::Io(_) | sqlx::Error::Protocol(_)))
}

#[async_trait]
impl ConnectionTrait for Reads {
    fn get_database_backend(&self) -> DbBackend {
        self.0.db().get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let (turn, mut used) = self.begin().await?;
        let done = used.connection.execute(statement).await;
        self.end(turn, used, done).await
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        let (turn, mut used) = self.begin().await?;
        let done = used.connection.execute_text(text).await;
        self.end(turn, used, done).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (turn, mut used) = self.begin().await?;
        let found = used.connection.find(statement.clone()).await;
        let was_lost = is_lost(&found);
        let found = self.end(turn, used, found).await;
        if !was_lost {
            return found;
        }
        // The server was restarted, perhaps. Reading again does no harm.
        let (turn, mut used) = self.begin().await?;
        let found = used.connection.find(statement).await;
        self.end(turn, used, found).await
    }
}
