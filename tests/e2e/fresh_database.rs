//! On a database that was made a moment ago, a login reads its own rows and no table.

use std::time::{Duration, Instant};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use tokio::task::JoinSet;

use crate::scratch::Scratch;
use crate::support::Harness;

/// Enough that several logins go into one transaction, which asks for several rows at once.
const CLIENTS: usize = 24;
/// A table that is read by every transaction has half as many rows on average.
const LOGINS: usize = 3000;
/// A table of a page or two may well be read as a whole.
const ROWS_PER_LOGIN: i64 = 10;

/// What the server has counted for a table.
struct Counted {
    inserted: i64,
    scanned: i64,
}

async fn counted(database: &DatabaseConnection, table: &str) -> Counted {
    let question = format!(
        "SELECT n_tup_ins, COALESCE(seq_tup_read, 0) FROM pg_stat_user_tables WHERE relname = '{table}'"
    );
    let row = database.query_one_raw(Statement::from_string(DbBackend::Postgres, question));
    let row = row.await.unwrap().unwrap();
    Counted {
        inserted: row.try_get_by_index(0).unwrap(),
        scanned: row.try_get_by_index(1).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_postgresql_scans_no_tables() {
    let Some(scratch) = Scratch::on("WXLOGIN_TEST_POSTGRES_URL").await else { return };
    let mut harness = Harness::start(&[
        ("WXLOGIN__DATABASE__URL", &scratch.url),
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "100000"),
    ])
    .await;
    let mut clients = JoinSet::new();
    for first in 0..CLIENTS {
        let (client, simulator) = (harness.client.clone(), harness.simulator.clone());
        clients.spawn(async move {
            for number in (first..LOGINS).step_by(CLIENTS) {
                let code = simulator.code(&format!("oPerson{number}")).await;
                assert_eq!(client.login(&code).await.status, 200);
            }
        });
    }
    clients.join_all().await;
    // The server counts what a connection did at the latest when it ends.
    harness.wxlogin.stop().await;

    let mut options = ConnectOptions::new(&scratch.url);
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await.unwrap();
    let logins = i64::try_from(LOGINS).unwrap();
    let mut scans = Vec::new();
    for table in ["identities", "users", "sessions"] {
        let asked = Instant::now();
        let counted = loop {
            let counted = counted(&database, table).await;
            if counted.inserted >= logins {
                break counted;
            }
            assert!(asked.elapsed() < Duration::from_secs(20), "{} rows", counted.inserted);
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        scans.push((table, counted.scanned));
    }
    database.close().await.unwrap();
    println!("rows that were scanned during {logins} logins: {scans:?}");
    assert!(scans.iter().all(|(_, rows)| *rows <= ROWS_PER_LOGIN * logins), "{scans:?}");
}
