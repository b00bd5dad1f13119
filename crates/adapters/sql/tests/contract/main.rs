//! The store contract on every SQL database.
//!
//! The servers are named by `WXLOGIN_TEST_MYSQL_URL` and `WXLOGIN_TEST_POSTGRES_URL`; where one is
//! not, its cases are skipped by name, unless `WXLOGIN_TEST_SERVERS` is `required`.

#![expect(clippy::unwrap_used, reason = "a test ends where it does not find what it expects")]

mod locks;
mod server;

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
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("wxlogin.db").display());
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

mod postgres {
    use super::StoreUnderTest;
    use super::server::Scratch;

    async fn store() -> Option<StoreUnderTest> {
        let scratch = Scratch::on("WXLOGIN_TEST_POSTGRES_URL").await?;
        Some(super::open(&scratch.url.clone(), scratch).await)
    }

    wxlogin_domain::store_contract!(store);
}

/// Two instances on one database are two `Database`s.
mod instances {
    use wxlogin_domain::testing::contract::Sample;

    use super::server::Scratch;
    use super::{Database, SETTINGS};

    async fn first_logins_race(url: &str) {
        let one = Database::open(url, SETTINGS).await.unwrap();
        let two = Database::open(url, SETTINGS).await.unwrap();
        let (first, second) = tokio::join!(one.migrate(), two.migrate());
        first.unwrap();
        second.unwrap();
        let stores = [one.stores(), two.stores()];
        let logins = (0..512).map(|n| {
            let stores = stores[n % 2].clone();
            let person = n % 64;
            let login = Sample::of(&format!("oPerson{person}"))
                .in_app(1 + u32::from(n % 4 > 1))
                .with_union(&format!("uPerson{person}"));
            tokio::spawn(async move { (person, login.sign_in(&stores).await.user.id) })
        });
        let mut users = std::collections::HashMap::new();
        for login in logins.collect::<Vec<_>>() {
            let (person, user) = login.await.unwrap();
            assert_eq!(*users.entry(person).or_insert(user), user, "oPerson{person}");
        }
        assert_eq!(users.len(), 64);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn race_on_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("wxlogin.db").display());
        Box::pin(first_logins_race(&url)).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn race_on_mysql() {
        if let Some(scratch) = Scratch::on("WXLOGIN_TEST_MYSQL_URL").await {
            Box::pin(first_logins_race(&scratch.url)).await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn race_on_postgres() {
        if let Some(scratch) = Scratch::on("WXLOGIN_TEST_POSTGRES_URL").await {
            Box::pin(first_logins_race(&scratch.url)).await;
        }
    }
}
