//! Brings the schema up to date, one process at a time.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use crate::engine::Engine;
use crate::migration::Migrator;

/// Applies the pending migrations. The connection is used for nothing else afterwards.
pub(crate) async fn migrate(engine: Engine, connection: &DatabaseConnection) -> Result<(), DbErr> {
    match engine {
        Engine::Sqlite => {
            // Writing later would fail instead of wait if another process had written meanwhile.
            let immediate = TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            };
            let lock = connection.begin_with_options(immediate).await?;
            Migrator::up(&lock, None).await?;
            lock.commit().await
        }
        Engine::Postgres => {
            let lock = connection.begin().await?;
            // Waiting for another process and building an index may take long.
            lock.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
            lock.execute_unprepared("SELECT pg_advisory_xact_lock(8724180110)").await?;
            Migrator::up(&lock, None).await?;
            lock.commit().await
        }
        Engine::MySql => {
            // Changes of the schema commit implicitly, so the lock belongs to the connection.
            let taken = Statement::from_string(DbBackend::MySql, MYSQL_LOCK);
            let taken = connection.query_one_raw(taken).await?;
            let taken = taken.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?;
            if taken.flatten() != Some(1) {
                return Err(DbErr::Migration(
                    "another process has been migrating for a minute".into(),
                ));
            }
            Migrator::up(connection, None).await
        }
    }
}

/// Takes the lock of this database. The lock's name has at most 64 characters. `SHA2` is in every
/// MySQL and MariaDB; `MD5` and `SHA1` are optional since MySQL 9.6.
const MYSQL_LOCK: &str =
    "SELECT CAST(GET_LOCK(CONCAT('wxlogin.', LEFT(SHA2(DATABASE(), 256), 32)), 60) AS SIGNED)";
