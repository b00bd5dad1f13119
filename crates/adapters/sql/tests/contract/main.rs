//! The store contract on every SQL database.
//!
//! The servers are named by `WXLOGIN_TEST_MYSQL_URL`, `WXLOGIN_TEST_MARIADB_URL` and
//! `WXLOGIN_TEST_POSTGRES_URL`; where one is not, its cases are skipped by name, unless
//! `WXLOGIN_TEST_SERVERS` is `required`.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it does not find what it expects"
)]

/// Makes a test of every case for every database. A case is an async function that is given the URL
/// of an empty one.
macro_rules! on_every_database {
    ($($case:ident,)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                let (url, _folder) = crate::file::scratch_file();
                Box::pin(super::$case(&url)).await;
            })*
        }
        on_every_database!(@server mysql "WXLOGIN_TEST_MYSQL_URL" $($case,)*);
        on_every_database!(@server mariadb "WXLOGIN_TEST_MARIADB_URL" $($case,)*);
        on_every_database!(@server postgres "WXLOGIN_TEST_POSTGRES_URL" $($case,)*);
    };
    (@server $server:ident $variable:literal $($case:ident,)*) => {
        mod $server {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                if let Some(scratch) = crate::server::Scratch::on($variable).await {
                    Box::pin(super::$case(&scratch.url)).await;
                }
            })*
        }
    };
}

mod durability;
mod file;
mod instances;
mod locks;
mod merged;
mod merging;
mod schema;
mod server;
mod transfer;

use std::time::Duration;

use wxlogin_domain::testing::contract::StoreUnderTest;
use wxlogin_sql::{Database, DatabaseSettings};

const SETTINGS: DatabaseSettings = DatabaseSettings {
    connections: 4,
    acquire_timeout: Duration::from_secs(30),
    statement_timeout: Duration::from_secs(30),
    logins_per_transaction: DatabaseSettings::LOGINS_PER_TRANSACTION,
};

async fn open(url: &str, keep: impl Send + 'static) -> StoreUnderTest {
    let database = Database::open(url, SETTINGS).await.unwrap();
    database.migrate().await.unwrap();
    StoreUnderTest::keeping(database.stores(), keep)
}

mod sqlite {
    use super::StoreUnderTest;

    async fn store() -> StoreUnderTest {
        let (url, folder) = super::file::scratch_file();
        super::open(&url, folder).await
    }

    wxlogin_domain::store_contract!(store);
}

mod mysql {
    use super::StoreUnderTest;
    use super::server::Scratch;

    async fn store() -> Option<StoreUnderTest> {
        let scratch = Scratch::on("WXLOGIN_TEST_MYSQL_URL").await?;
        Some(super::open(&scratch.url.clone(), scratch).await)
    }

    wxlogin_domain::store_contract!(store);
}

mod mariadb {
    use super::StoreUnderTest;
    use super::server::Scratch;

    async fn store() -> Option<StoreUnderTest> {
        let scratch = Scratch::on("WXLOGIN_TEST_MARIADB_URL").await?;
        Some(super::open(&scratch.url.clone(), scratch).await)
    }

    wxlogin_domain::store_contract!(store);
}

mod postgres {
    use super::StoreUnderTest;
    use super::server::Scratch;

    async fn store() -> Option<StoreUnderTest> {
        let scratch = Scratch::on("WXLOGIN_TEST_POSTGRES_URL").await?;
        Some(super::open(&scratch.url.clone(), scratch).await)
    }

    wxlogin_domain::store_contract!(store);
}
