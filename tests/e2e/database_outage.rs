//! wxlogin recovers when its database fails and comes back.

use std::time::{Duration, Instant};

use reqwest::Method;
use sqlx::{Connection, Executor, SqliteConnection};

use crate::support::{AnsweredLogins, Harness, Load, Server};

const ACQUIRE: Duration = Duration::from_secs(1);
/// What a busy test machine may add to the time that a request waits.
const SLACK: Duration = Duration::from_secs(9);

async fn start(server: &Server) -> Harness {
    Harness::start(&[
        ("WXLOGIN__DATABASE__URL", &server.url()),
        ("WXLOGIN__DATABASE__ACQUIRE_TIMEOUT_MS", &ACQUIRE.as_millis().to_string()),
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "100000"),
        ("WXLOGIN__SESSIONS__MAX_PER_USER", "10000"),
    ])
    .await
}

async fn ready(harness: &Harness) -> u16 {
    harness.client.send(harness.client.request(Method::GET, "/readyz")).await.status
}

/// Waits until `/readyz` answers with this status.
pub(crate) async fn wait_for_readiness(harness: &Harness, status: u16) {
    let asked = Instant::now();
    while ready(harness).await != status {
        assert!(asked.elapsed() < Duration::from_mins(1), "readyz does not become {status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Checks that logins fail with the right problem and in time while the database is unavailable.
async fn logins_fail_in_time(harness: &Harness) {
    wait_for_readiness(harness, 503).await;
    let asked = Instant::now();
    let answer = harness.sign_in("oAlice").await;
    assert_eq!((answer.status, answer.problem()), (503, "store_unavailable"));
    assert!(!answer.header("retry-after").is_empty());
    assert!(asked.elapsed() < ACQUIRE + SLACK, "it took {:?}", asked.elapsed());
}

async fn server_is_killed_under_load(name: &str, mut server: Server) {
    let harness = start(&server).await;
    let mut logins = AnsweredLogins::default();
    for round in 0..AnsweredLogins::rounds() {
        let load = Load::start(&harness, round);
        load.wait_until_busy().await;
        server.kill().await;
        logins_fail_in_time(&harness).await;
        server.resume().await;
        wait_for_readiness(&harness, 200).await;
        logins.check_round(&harness, load.stop().await).await;
    }
    logins.finish(&harness, &format!("{name} is killed")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mysql_is_killed() {
    if let Some(server) = Server::start("mysql", "WXLOGIN_TEST_MYSQL_URL").await {
        server_is_killed_under_load("MySQL", server).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mariadb_is_killed() {
    if let Some(server) = Server::start("mariadb", "WXLOGIN_TEST_MARIADB_URL").await {
        server_is_killed_under_load("MariaDB", server).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_is_killed() {
    if let Some(server) = Server::start("postgresql", "WXLOGIN_TEST_POSTGRES_URL").await {
        server_is_killed_under_load("PostgreSQL", server).await;
    }
}

#[tokio::test]
async fn a_read_only_server_is_reported_and_recovered_from() {
    for (kind, variable) in
        [("mysql", "WXLOGIN_TEST_MYSQL_URL"), ("mariadb", "WXLOGIN_TEST_MARIADB_URL")]
    {
        if let Some(server) = Server::start(kind, variable).await {
            server_becomes_read_only(&server).await;
        }
    }
}

async fn server_becomes_read_only(server: &Server) {
    let harness = start(server).await;
    let alice = harness.sign_in("oAlice").await;
    server.execute("SET GLOBAL read_only = 1").await;
    logins_fail_in_time(&harness).await;
    assert_eq!(harness.client.me(alice.token()).await.status, 200, "reads still work");
    server.execute("SET GLOBAL read_only = 0").await;
    wait_for_readiness(&harness, 200).await;
    let again = Harness::retry_while_unavailable(|| harness.sign_in("oAlice")).await;
    assert_eq!(again.user_id(), alice.user_id());
}

#[tokio::test]
async fn a_locked_database_is_reported_and_recovered_from() {
    let harness = Harness::start(&[("WXLOGIN__DATABASE__ACQUIRE_TIMEOUT_MS", "500")]).await;
    let before = harness.sign_in("oAlice").await;
    let mut other = SqliteConnection::connect(&harness.database).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();

    let answer = harness.sign_in("oAlice").await;
    assert_eq!((answer.status, answer.problem()), (503, "store_unavailable"));
    wait_for_readiness(&harness, 503).await;
    let ready = harness.client.request(Method::GET, "/readyz");
    assert_eq!(harness.client.send(ready).await.problem(), "store_unavailable");
    assert_eq!(harness.client.me(before.token()).await.status, 200, "reads still work");
    let code = harness.simulator.code("oAlice").await;
    let answer = harness.client.login(&code).await;
    assert_eq!((answer.status, answer.problem()), (503, "store_unavailable"));
    assert_eq!(harness.simulator.exchanges(&code).await, 0, "the code was not sent to WeChat");

    other.execute("ROLLBACK").await.unwrap();
    wait_for_readiness(&harness, 200).await;
    let after = harness.client.login(&code).await;
    assert_eq!(after.user_id(), before.user_id(), "the code remains usable");
}
