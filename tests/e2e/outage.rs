//! The database server goes away under load and comes back; wxlogin stays.

use std::time::{Duration, Instant};

use reqwest::Method;

use crate::support::{House, Ledger, Load, Server};

const ACQUIRE: Duration = Duration::from_secs(1);
/// What a loaded test machine may add to the time a caller waits.
const SLACK: Duration = Duration::from_secs(9);

async fn house(server: &Server) -> House {
    House::start(&[
        ("WXLOGIN__DATABASE__URL", &server.url()),
        ("WXLOGIN__DATABASE__ACQUIRE_TIMEOUT_MS", &ACQUIRE.as_millis().to_string()),
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "100000"),
        ("WXLOGIN__SESSIONS__MAX_PER_USER", "10000"),
    ])
    .await
}

async fn ready(house: &House) -> u16 {
    house.client.send(house.client.request(Method::GET, "/readyz")).await.status
}

/// Waits until `/readyz` says so.
pub(crate) async fn becomes(house: &House, status: u16) {
    let asked = Instant::now();
    while ready(house).await != status {
        assert!(asked.elapsed() < Duration::from_mins(1), "readyz does not become {status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The database is away: callers are told so, in time.
async fn is_told(house: &House) {
    becomes(house, 503).await;
    let asked = Instant::now();
    let answer = house.sign_in("oAlice").await;
    assert_eq!((answer.status, answer.problem()), (503, "store_unavailable"));
    assert!(!answer.header("retry-after").is_empty());
    assert!(asked.elapsed() < ACQUIRE + SLACK, "it took {:?}", asked.elapsed());
}

async fn server_is_killed_under_load(name: &str, mut server: Server) {
    let house = house(&server).await;
    let mut ledger = Ledger::default();
    for round in 0..Ledger::rounds() {
        let load = Load::on(&house, round);
        load.is_under_way().await;
        server.kill().await;
        is_told(&house).await;
        server.resume().await;
        becomes(&house, 200).await;
        ledger.look_for(&house, load.end().await).await;
    }
    ledger.close(&house, &format!("{name} is killed")).await;
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
async fn a_read_only_server_is_told_and_recovered_from() {
    for (kind, variable) in
        [("mysql", "WXLOGIN_TEST_MYSQL_URL"), ("mariadb", "WXLOGIN_TEST_MARIADB_URL")]
    {
        if let Some(server) = Server::start(kind, variable).await {
            server_becomes_read_only(&server).await;
        }
    }
}

async fn server_becomes_read_only(server: &Server) {
    let house = house(server).await;
    let alice = house.sign_in("oAlice").await;
    server.execute("SET GLOBAL read_only = 1").await;
    is_told(&house).await;
    assert_eq!(house.client.me(alice.token()).await.status, 200, "reading goes on");
    server.execute("SET GLOBAL read_only = 0").await;
    becomes(&house, 200).await;
    let again = House::patiently(|| house.sign_in("oAlice")).await;
    assert_eq!(again.user_id(), alice.user_id());
}
