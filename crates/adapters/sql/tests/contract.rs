//! The store contract on SQLite.

#![expect(clippy::unwrap_used, reason = "a test ends where it does not find what it expects")]

use std::time::Duration;

use wxlogin_domain::store_contract;
use wxlogin_domain::testing::contract::StoreUnderTest;
use wxlogin_sql::{Database, DatabaseSettings};

async fn sqlite() -> StoreUnderTest {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("wxlogin.db").display());
    let settings = DatabaseSettings {
        connections: 4,
        acquire_timeout: Duration::from_secs(30),
        statement_timeout: Duration::from_secs(30),
    };
    let database = Database::open(&url, settings).await.unwrap();
    database.migrate().await.unwrap();
    StoreUnderTest::keeping(database.stores(), folder)
}

store_contract!(sqlite);
