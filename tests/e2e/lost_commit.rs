//! The answer to a COMMIT is lost, or the server dies at that moment.

use std::time::Duration;

use reqwest::Method;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, Statement};
use serde_json::json;

use crate::database_outage::wait_for_readiness;
use crate::scratch::Scratch;
use crate::support::{Answer, AnsweredLogins, Client, Harness, Load, Proxy, Server};

/// The device of the login whose commit is lost. It is stored with the session.
const DEVICE: &str = "device-of-the-lost-commit";
const KEY: &str = "sLBHMMEgXOtB8TbIqI5qCQ-lost-commit";

async fn log_in(client: &Client, code: &str) -> Answer {
    let request = client.request(Method::POST, "/v1/login").header("idempotency-key", KEY);
    client.send(request.json(&json!({ "code": code, "device": DEVICE }))).await
}

/// Loses the answer to the COMMIT of a first login, and checks that it succeeds once.
async fn a_commit_is_lost_on(variable: &str) {
    let Some(scratch) = Scratch::on(variable).await else { return };
    let proxy = Proxy::before(&scratch.url, Duration::ZERO).await;
    let harness = Harness::start(&[("WXLOGIN__DATABASE__URL", &proxy.url())]).await;
    let code = harness.simulator.code("oAlice").await;
    proxy.lose_answer_to(&[DEVICE, "COMMIT"]);
    let first = log_in(&harness.client, &code).await;
    assert!(proxy.was_triggered(), "the commit was lost");
    assert_eq!((first.status, &first.body["isNewUser"]), (200, &json!(true)), "{first:?}");
    let repeated = log_in(&harness.client, &code).await;
    assert_eq!(repeated.user_id(), first.user_id());
    assert_eq!(repeated.body["refreshToken"], first.body["refreshToken"], "the same session");

    let list = harness.client.request(Method::GET, "/v1/me/sessions").bearer_auth(first.token());
    let list = harness.client.send(list).await;
    assert_eq!(list.body["sessions"].as_array().unwrap().len(), 1, "{list:?}");
    let again = harness.sign_in("oAlice").await;
    assert_eq!((again.user_id(), &again.body["isNewUser"]), (first.user_id(), &json!(false)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_is_lost_on_mysql() {
    a_commit_is_lost_on("WXLOGIN_TEST_MYSQL_URL").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_is_lost_on_mariadb() {
    a_commit_is_lost_on("WXLOGIN_TEST_MARIADB_URL").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_is_lost_on_postgresql() {
    a_commit_is_lost_on("WXLOGIN_TEST_POSTGRES_URL").await;
}

/// Rows of which another one is missing.
async fn half_written(server: &Server) -> Vec<i64> {
    let mut options = ConnectOptions::new(server.url());
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await.unwrap();
    let questions = [
        "SELECT COUNT(*) FROM users u WHERE NOT EXISTS
           (SELECT 1 FROM identities i WHERE i.user_id = u.id)",
        "SELECT COUNT(*) FROM identities i WHERE NOT EXISTS
           (SELECT 1 FROM users u WHERE u.id = i.user_id)",
        "SELECT COUNT(*) FROM sessions s WHERE NOT EXISTS
           (SELECT 1 FROM identities i WHERE i.app_id = s.app_id AND i.open_id = s.open_id
              AND i.user_id = s.user_id)",
    ];
    let mut counts = Vec::new();
    for question in questions {
        let backend = database.get_database_backend();
        let row = database.query_one_raw(Statement::from_string(backend, question)).await;
        counts.push(row.unwrap().unwrap().try_get_by_index(0).unwrap());
    }
    database.close().await.unwrap();
    counts
}

/// Kills the server under load as a COMMIT reaches it, each time a little later.
async fn server_is_killed_at_a_commit(name: &str, mut server: Server) {
    let proxy = Proxy::before(&server.url(), Duration::ZERO).await;
    let harness = Harness::start(&[
        ("WXLOGIN__DATABASE__URL", &proxy.url()),
        ("WXLOGIN__DATABASE__ACQUIRE_TIMEOUT_MS", "1000"),
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "100000"),
        ("WXLOGIN__SESSIONS__MAX_PER_USER", "10000"),
    ])
    .await;
    let mut logins = AnsweredLogins::default();
    for round in 0..AnsweredLogins::rounds_or(1) {
        let load = Load::start(&harness, round);
        load.wait_until_busy().await;
        proxy.freeze_at(&["COMMIT"]);
        proxy.triggered().await;
        let later = Duration::from_micros(500 * (round as u64 % 8));
        let thawing = async {
            tokio::time::sleep(later).await;
            proxy.thaw();
        };
        tokio::join!(server.kill(), thawing);
        wait_for_readiness(&harness, 503).await;
        server.resume().await;
        // This is also the connection with TLS without which MySQL refuses ones without.
        assert_eq!(half_written(&server).await, [0, 0, 0], "{name}: rows that belong to a login");
        wait_for_readiness(&harness, 200).await;
        logins.check_round(&harness, load.stop().await).await;
    }
    logins.finish(&harness, &format!("{name} is killed at a commit")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mysql_is_killed_at_a_commit() {
    if let Some(server) = Server::start("mysql", "WXLOGIN_TEST_MYSQL_URL").await {
        server_is_killed_at_a_commit("MySQL", server).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mariadb_is_killed_at_a_commit() {
    if let Some(server) = Server::start("mariadb", "WXLOGIN_TEST_MARIADB_URL").await {
        server_is_killed_at_a_commit("MariaDB", server).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_is_killed_at_a_commit() {
    if let Some(server) = Server::start("postgresql", "WXLOGIN_TEST_POSTGRES_URL").await {
        server_is_killed_at_a_commit("PostgreSQL", server).await;
    }
}
