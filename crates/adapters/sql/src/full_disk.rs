//! The disk is full: SQLite answers the same when a database has as many pages as it may have. That
//! limit belongs to one connection, so the cases set it on the adapter's own.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use wxlogin_domain::ports::{AccountStore, DeploymentStore, SessionStore, StoreError};
use wxlogin_domain::testing::contract::Sample;

use crate::accounts::Accounts;
use crate::connections::Connections;
use crate::database::Database;
use crate::engine::Engine;
use crate::sessions::Sessions;
use crate::settings::DatabaseSettings;

const SETTINGS: DatabaseSettings = DatabaseSettings {
    connections: 2,
    acquire_timeout: Duration::from_secs(30),
    statement_timeout: Duration::from_secs(30),
    logins_per_transaction: DatabaseSettings::LOGINS_PER_TRANSACTION,
};

async fn open(folder: &tempfile::TempDir) -> Arc<Connections> {
    let url = format!("sqlite:{}", folder.path().join("wxlogin.db").display());
    let database = Database::open(&url, SETTINGS).await.unwrap();
    database.migrate().await.unwrap();
    database.close().await;
    Arc::new(Connections::open(Engine::Sqlite, &url, SETTINGS).await.unwrap())
}

/// Leaves room for so many pages.
async fn limit(writer: &DatabaseConnection, room: i64) {
    let pages = Statement::from_string(DbBackend::Sqlite, "PRAGMA page_count");
    let pages = writer.query_one_raw(pages).await.unwrap().unwrap();
    let pages = pages.try_get_by_index::<i64>(0).unwrap() + room;
    writer.execute_unprepared(&format!("PRAGMA max_page_count = {pages}")).await.unwrap();
}

fn is_full<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(text)) if text.contains("disk is full"))
}

#[tokio::test]
async fn logins_that_were_acknowledged_around_a_full_disk_are_stored() {
    let folder = tempfile::tempdir().unwrap();
    let connections = open(&folder).await;
    let accounts = Accounts::new(connections.clone());
    limit(connections.logins().db(), 10).await;
    let mut acknowledged = Vec::new();
    for person in 0..200 {
        let login = Sample::of(&format!("oPerson{person}")).record();
        let session = login.session.id;
        let outcome = accounts.record_login(login).await;
        assert!(outcome.is_ok() || is_full(&outcome), "{outcome:?}");
        acknowledged.extend(outcome.map(|_| session));
    }
    assert!(acknowledged.len() < 200, "the disk was full");
    assert!(acknowledged.len() > 100, "the next connection has room again");
    let other = open(&folder).await;
    for session in acknowledged {
        assert!(Sessions::new(other.clone()).find_session(session).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_full_disk_fails_the_ping_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let connections = open(&folder).await;
    limit(connections.logins().db(), 0).await;
    let pinged = connections.ping().await;
    assert!(is_full(&pinged), "{pinged:?}");
    assert_eq!(connections.ping().await, Ok(()), "the next connection has room");
}
