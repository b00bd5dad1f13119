//! On a database that was made a moment ago, logins do not read whole tables when these have grown.

use std::time::{Duration, Instant};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use tokio::task::JoinSet;

use crate::scratch::Scratch;
use crate::support::Harness;

/// Enough that several logins go into one transaction, which asks for several rows at once.
const CLIENTS: usize = 24;
/// Signed in while the tables are all but empty, and again when they have grown.
const PEOPLE: usize = 480;
/// How many rows each table gets in between. To read all of them takes hundreds of pages.
const GROWTH: i64 = 20_000;
/// How often a table may be read as a whole, over all logins.
const SCANS: i64 = 4;
const TABLES: [&str; 3] = ["users", "identities", "sessions"];

/// Copies of the rows of one person, made in a way in which the server learns nothing about them.
const GROW: [&str; 3] = [
    "INSERT INTO users SELECT copy.* FROM generate_series(1, 20000) number,
       (SELECT u.* FROM users u JOIN identities i ON i.user_id = u.id WHERE i.open_id = 'oModel') row,
       jsonb_populate_record(NULL::users, to_jsonb(row) || jsonb_build_object('id',
         md5(number::text)::uuid)) copy",
    "INSERT INTO identities SELECT copy.* FROM generate_series(1, 20000) number,
       (SELECT * FROM identities WHERE open_id = 'oModel') row,
       jsonb_populate_record(NULL::identities, to_jsonb(row) || jsonb_build_object('open_id',
         'oCopy' || number)) copy",
    "INSERT INTO sessions SELECT copy.* FROM generate_series(1, 20000) number,
       (SELECT * FROM sessions WHERE open_id = 'oModel') row,
       jsonb_populate_record(NULL::sessions, to_jsonb(row) || jsonb_build_object('id',
         md5(number::text)::uuid)) copy",
];

/// Signs everybody in, and returns how many of the logins failed.
async fn sign_in(harness: &Harness) -> usize {
    let mut clients = JoinSet::new();
    for first in 0..CLIENTS {
        let (client, simulator) = (harness.client.clone(), harness.simulator.clone());
        clients.spawn(async move {
            let mut failed = 0;
            for number in (first..PEOPLE).step_by(CLIENTS) {
                let code = simulator.code(&format!("oPerson{number}")).await;
                failed += usize::from(client.login(&code).await.status != 200);
            }
            failed
        });
    }
    clients.join_all().await.into_iter().sum()
}

async fn number(database: &DatabaseConnection, question: &str) -> i64 {
    let row = database.query_one_raw(Statement::from_string(DbBackend::Postgres, question));
    row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_postgresql_scans_no_tables() {
    let Some(scratch) = Scratch::on("WXLOGIN_TEST_POSTGRES_URL").await else { return };
    let mut harness = Harness::start(&[
        ("WXLOGIN__DATABASE__URL", &scratch.url),
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "100000"),
        // What is counted does not depend on how fast this machine is.
        ("WXLOGIN__DATABASE__ACQUIRE_TIMEOUT_MS", "30000"),
        ("WXLOGIN__DATABASE__STATEMENT_TIMEOUT_MS", "30000"),
    ])
    .await;
    harness.sign_in("oModel").await;
    let mut options = ConnectOptions::new(&scratch.url);
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await.unwrap();
    // The server does so by itself, sooner or later.
    database.execute_unprepared("ANALYZE users, identities, sessions").await.unwrap();
    assert_eq!(sign_in(&harness).await, 0, "logins failed");
    for statement in GROW {
        database.execute_unprepared(statement).await.unwrap();
    }
    let failed = sign_in(&harness).await;

    // A server counts what a connection did at the latest when the connection ends.
    harness.wxlogin.stop().await;
    let stopped = Instant::now();
    let others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()
       AND pid <> pg_backend_pid()";
    while number(&database, others).await > 0 {
        assert!(stopped.elapsed() < Duration::from_secs(20), "connections are left");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut scans = Vec::new();
    for table in TABLES {
        let question = format!(
            "SELECT COALESCE(seq_tup_read, 0) FROM pg_stat_user_tables WHERE relname = '{table}'"
        );
        scans.push((table, number(&database, &question).await));
    }
    database.close().await.unwrap();
    println!("rows that were read in scans of whole tables: {scans:?}; {failed} logins failed");
    assert!(scans.iter().all(|(_, rows)| *rows <= SCANS * GROWTH), "{scans:?}");
    assert_eq!(failed, 0, "logins failed");
}
