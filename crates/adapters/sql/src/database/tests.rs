//! The disk is full: SQLite answers the same when a database has as many pages as it may have. That
//! limit belongs to one connection, so the cases set it on the adapter's own.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use wxlogin_domain::ports::StoreError;
use wxlogin_domain::testing::contract::Sample;

use super::*;

const SETTINGS: DatabaseSettings = DatabaseSettings {
    connections: 2,
    acquire_timeout: Duration::from_secs(30),
    statement_timeout: Duration::from_secs(30),
    logins_per_transaction: DatabaseSettings::LOGINS_PER_TRANSACTION,
};

async fn open(folder: &tempfile::TempDir) -> Database {
    let url = format!("sqlite:{}", folder.path().join("wxlogin.db").display());
    let database = Database::open(&url, SETTINGS).await.unwrap();
    database.migrate().await.unwrap();
    database
}

/// Leaves room for so many pages.
async fn limit(writer: &DatabaseConnection, room: i64) {
    let pages = Statement::from_string(DbBackend::Sqlite, "PRAGMA page_count");
    let pages = writer.query_one_raw(pages).await.unwrap().unwrap();
    let pages = pages.try_get_by_index::<i64>(0).unwrap() + room;
    writer.execute_unprepared(&format!("PRAGMA max_page_count = {pages}")).await.unwrap();
}

fn is_full<T: std::fmt::Debug>(result: Result<T, StoreError>) -> bool {
    matches!(&result, Err(StoreError::Unavailable(text)) if text.contains("disk is full"))
}

#[tokio::test]
async fn logins_that_were_acknowledged_around_a_full_disk_are_stored() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder).await;
    let stores = database.stores();
    limit(&database.connections.writer, 10).await;
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    for person in 0..200 {
        let login = Sample::of(&format!("oPerson{person}")).record();
        let session = login.session.id;
        match stores.accounts.record_login(login).await {
            Ok(_) => acknowledged.push(session),
            error => {
                assert!(is_full(error));
                refused += 1;
            }
        }
    }
    assert!(refused > 0);
    assert!(acknowledged.len() > 100, "there is room again on the next connection");
    let other = open(&folder).await.stores();
    for session in acknowledged {
        assert!(other.sessions.find_session(session).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_full_disk_fails_the_ping_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder).await;
    let deployment = database.stores().deployment;
    assert_eq!(deployment.ping().await, Ok(()));
    limit(&database.connections.writer, 0).await;
    // What a ping has left free is used up by a row that fits.
    let mut pinged = deployment.ping().await;
    for person in 0..50 {
        if is_full(pinged) {
            assert_eq!(deployment.ping().await, Ok(()), "the next connection has room");
            return;
        }
        let _ = database
            .stores()
            .accounts
            .record_login(Sample::of(&format!("oPerson{person}")).record())
            .await;
        limit(&database.connections.writer, 0).await;
        pinged = deployment.ping().await;
    }
    panic!("no ping failed");
}
