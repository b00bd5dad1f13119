//! Another transaction holds one user's row: only that user's login waits and fails.

use std::time::{Duration, Instant};

use sea_orm::{ConnectOptions, ConnectionTrait, Database as Raw, IsolationLevel, TransactionTrait};
use wxlogin_domain::ports::StoreError;
use wxlogin_domain::testing::contract::Sample;
use wxlogin_sql::{Database, DatabaseSettings};

use super::server::Scratch;

async fn only_the_locked_person_waits(url: &str) {
    let settings = DatabaseSettings {
        acquire_timeout: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(5),
        ..super::SETTINGS
    };
    let database = Database::open(url, settings).await.unwrap();
    database.migrate().await.unwrap();
    let stores = database.stores();
    Sample::of("oAlice").sign_in(&stores).await;

    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let other = Raw::connect(options).await.unwrap();
    // Rows alone: at MySQL's own level the gaps between them would be locked too.
    let level = Some(IsolationLevel::ReadCommitted);
    let lock = other.begin_with_config(level, None).await.unwrap();
    lock.execute_unprepared("SELECT * FROM users FOR UPDATE").await.unwrap();

    let begun = Instant::now();
    let logins = (0..20).map(|n| {
        let stores = stores.clone();
        let person = if n == 3 { "oAlice".to_owned() } else { format!("oPerson{n}") };
        tokio::spawn(async move {
            let record = Sample::of(&person).record();
            (person, stores.accounts.record_login(record).await)
        })
    });
    for login in logins.collect::<Vec<_>>() {
        let (person, outcome) = login.await.unwrap();
        if person == "oAlice" {
            assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
        } else {
            assert!(outcome.is_ok(), "{person}: {outcome:?}");
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    lock.rollback().await.unwrap();
    Sample::of("oAlice").sign_in(&stores).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_mysql() {
    if let Some(scratch) = Scratch::on("WXLOGIN_TEST_MYSQL_URL").await {
        Box::pin(only_the_locked_person_waits(&scratch.url)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_mariadb() {
    if let Some(scratch) = Scratch::on("WXLOGIN_TEST_MARIADB_URL").await {
        Box::pin(only_the_locked_person_waits(&scratch.url)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_postgres() {
    if let Some(scratch) = Scratch::on("WXLOGIN_TEST_POSTGRES_URL").await {
        Box::pin(only_the_locked_person_waits(&scratch.url)).await;
    }
}
