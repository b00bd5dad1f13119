//! One connection of whichever driver.

use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{self, AssertSqlSafe, Connection as _, Executor, MySql, Postgres, Sqlite};
use sea_orm::{
    DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
};
use sea_query_sqlx::SqlxValues;

use crate::error::Failure;

/// A connection, taken from the driver's pool.
pub(crate) enum Connection {
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

impl Connection {
    pub(crate) async fn acquire(pool: &DatabaseConnection) -> Result<Self, Failure> {
        let connection = match pool.get_database_backend() {
            DbBackend::MySql => pool.get_mysql_connection_pool().acquire().await.map(Self::MySql),
            DbBackend::Postgres => {
                pool.get_postgres_connection_pool().acquire().await.map(Self::Postgres)
            }
            _ => pool.get_sqlite_connection_pool().acquire().await.map(Self::Sqlite),
        };
        connection.map_err(|error| query_error(error).into())
    }

    /// Asks the server for a sign of life.
    pub(crate) async fn ping(&mut self) -> Result<(), DbErr> {
        with!(self, connection => connection.ping().await.map_err(query_error))
    }

    /// Closes the connection once it is dropped, and does not give it back.
    pub(crate) fn close_on_drop(&mut self) {
        with!(self, connection => connection.close_on_drop());
    }

    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        with!(self, connection => {
            let done = query(statement).execute(&mut **connection).await;
            done.map(ExecResult::from).map_err(exec_error)
        })
    }

    pub(crate) async fn execute_text(&mut self, text: &str) -> Result<ExecResult, DbErr> {
        let text = AssertSqlSafe(text.to_owned());
        with!(self, connection => {
            let done = (&mut **connection).execute(text).await;
            done.map(ExecResult::from).map_err(exec_error)
        })
    }

    pub(crate) async fn find(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        with!(self, connection => {
            let rows = query(statement).fetch_all(&mut **connection).await.map_err(query_error)?;
            Ok(rows.into_iter().map(QueryResult::from).collect())
        })
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
