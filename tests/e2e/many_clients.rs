//! Hundreds of clients sign in at once over connections with TLS to the database.

use std::time::{Duration, Instant};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbBackend, Statement};
use tokio::task::JoinSet;

use crate::scratch::Scratch;
use crate::support::{Harness, Proxy};

const CLIENTS: usize = 256;
const DURATION: Duration = Duration::from_secs(4);

async fn cipher(url: &str) -> String {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await.unwrap();
    let question = Statement::from_string(DbBackend::MySql, "SHOW STATUS LIKE 'Ssl_cipher'");
    let row = database.query_one_raw(question).await.unwrap().unwrap();
    database.close().await.unwrap();
    row.try_get_by_index(1).unwrap()
}

/// Every client signs in once, and again until then; how often all of them did.
async fn sign_in_until(harness: &Harness, until: Instant) -> usize {
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let (client, simulator) = (harness.client.clone(), harness.simulator.clone());
        clients.spawn(async move {
            let mut logins = 0;
            while logins == 0 || Instant::now() < until {
                let code = simulator.code(&format!("oPerson{number}")).await;
                let answer = client.login(&code).await;
                assert_eq!(answer.status, 200, "{answer:?}");
                logins += 1;
            }
            logins
        });
    }
    clients.join_all().await.into_iter().sum()
}

/// A statement that leaves in two writes waits 40 ms for the acknowledgement of the first one, which
/// a proxy sees without reading what TLS hides.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_waits_for_an_acknowledgement_on_mysql() {
    let Some(scratch) = Scratch::on("WXLOGIN_TEST_MYSQL_URL").await else { return };
    let proxy = Proxy::before(&scratch.url, Duration::ZERO).await;
    assert_ne!(cipher(&proxy.tls_url()).await, "");
    proxy.look_for("COMMIT");
    let harness = Harness::start(&[
        ("WXLOGIN__DATABASE__URL", &proxy.tls_url()),
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "100000"),
        ("WXLOGIN__SESSIONS__MAX_PER_USER", "10000"),
    ])
    .await;
    // Connecting has pauses of its own.
    sign_in_until(&harness, Instant::now()).await;
    let (requests, stalls) = (proxy.requests(), proxy.stalls());
    let logins = sign_in_until(&harness, Instant::now() + DURATION).await;
    let (requests, stalls) = (proxy.requests() - requests, proxy.stalls() - stalls);
    println!("{logins} logins, {requests} requests to the database, {stalls} of them stalled");
    assert!(!proxy.was_triggered(), "the connections of the instance have TLS");
    assert!(logins >= CLIENTS);
    // A busy machine may interrupt the instance between two pieces of a request.
    assert!(stalls <= requests / 100, "{stalls} of {requests} requests stalled in {logins} logins");
}
