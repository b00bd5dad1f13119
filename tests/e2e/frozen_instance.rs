//! An instance that freezes, with its connections to the database open, does not harm the others.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::scratch::Scratch;
use crate::support::{Client, Harness, Process, Proxy, Tally};

/// How long a login of somebody else may take.
const LOGIN: Duration = Duration::from_secs(2);
/// How soon the server has ended the transaction that was abandoned.
const ABANDONED: Duration = Duration::from_secs(15);
const OTHERS: usize = 8;
/// The device of the login in which an instance freezes. It is stored with the session.
const DEVICE: &str = "device-of-the-frozen-login";

/// A healthy instance, and one whose connections can freeze.
struct Pair {
    healthy: Harness,
    proxy: Proxy,
    other: Client,
    _other: Process,
    _scratch: Scratch,
}

impl Pair {
    async fn start(variable: &str) -> Option<Self> {
        let scratch = Scratch::on(variable).await?;
        let proxy = Proxy::before(&scratch.url, Duration::ZERO).await;
        let healthy = Harness::start(&[
            ("WXLOGIN__DATABASE__URL", &scratch.url),
            ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "100000"),
            ("WXLOGIN__SESSIONS__MAX_PER_USER", "10000"),
        ])
        .await;
        let (process, other) = healthy.another_on(&proxy.url()).await;
        Some(Self { healthy, proxy, other, _other: process, _scratch: scratch })
    }
}

async fn ready(client: &Client) -> u16 {
    client.send(client.request(Method::GET, "/readyz")).await.status
}

#[expect(clippy::print_stdout, reason = "the figures that a failure is judged by")]
async fn freezes_during_a_login(variable: &str) {
    let Some(Pair { healthy, proxy, other, .. }) = &Pair::start(variable).await else { return };
    let alice = healthy.sign_in("oAlice").await;
    for number in 0..OTHERS {
        healthy.sign_in(&format!("oPerson{number}")).await;
    }
    proxy.freeze_at(&[DEVICE, "COMMIT"]);
    let code = healthy.simulator.code("oAlice").await;
    let abandoned = {
        let other = other.clone();
        async move { other.post("/v1/login", &json!({ "code": code, "device": DEVICE })).await }
    };
    let abandoned = tokio::spawn(abandoned);
    proxy.triggered().await;

    let frozen = Instant::now();
    let (over, watched) = watch::channel(false);
    let mut others = JoinSet::new();
    for number in 0..OTHERS {
        let (client, simulator) = (healthy.client.clone(), healthy.simulator.clone());
        let over = watched.clone();
        others.spawn(async move {
            let person = format!("oPerson{number}");
            let sign_in = async || client.login(&simulator.code(&person).await).await.status == 200;
            Tally::of(|| !*over.borrow(), Duration::ZERO, sign_in).await
        });
    }
    // She tries again and again.
    let mut again = healthy.sign_in("oAlice").await;
    while again.status == 503 && frozen.elapsed() < ABANDONED {
        again = healthy.sign_in("oAlice").await;
    }
    let locked_out = frozen.elapsed();
    over.send_replace(true);
    let others = others.join_all().await.into_iter().sum::<Tally>();
    println!("{variable}: {} after {locked_out:?}; others: {others}", again.status);
    others.check("logins of others", LOGIN);
    assert_eq!(again.user_id(), alice.user_id(), "after {locked_out:?}");

    // The frozen instance recovers, too.
    proxy.thaw();
    abandoned.await.unwrap();
    let signing_in = || async { other.login(&healthy.simulator.code("oAlice").await).await };
    let recovered = Harness::retry_while_unavailable(signing_in).await;
    assert_eq!(recovered.user_id(), alice.user_id());
}

async fn freezes_while_it_probes(variable: &str) {
    const OBSERVED: Duration = Duration::from_secs(3);
    let Some(Pair { healthy, proxy, other, .. }) = &Pair::start(variable).await else { return };
    assert_eq!(ready(other).await, 200);
    proxy.freeze_at(&["COMMIT"]);
    let probing = {
        let other = other.clone();
        tokio::spawn(async move {
            loop {
                ready(&other).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    };
    // A probe of a single statement has no moment at which it holds a lock and waits for its client.
    if tokio::time::timeout(Duration::from_secs(3), proxy.triggered()).await.is_err() {
        proxy.freeze();
    }
    let frozen = Instant::now();
    while frozen.elapsed() < OBSERVED {
        let asked = Instant::now();
        assert_eq!(ready(&healthy.client).await, 200, "after {:?}", frozen.elapsed());
        assert!(asked.elapsed() < LOGIN, "readyz took {:?}", asked.elapsed());
        let signing_in = Instant::now();
        assert_eq!(healthy.sign_in("oAlice").await.status, 200);
        assert!(signing_in.elapsed() < LOGIN, "a login took {:?}", signing_in.elapsed());
    }
    probing.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_freezes_during_a_login_on_mysql() {
    freezes_during_a_login("WXLOGIN_TEST_MYSQL_URL").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_freezes_during_a_login_on_mariadb() {
    freezes_during_a_login("WXLOGIN_TEST_MARIADB_URL").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_freezes_during_a_login_on_postgresql() {
    freezes_during_a_login("WXLOGIN_TEST_POSTGRES_URL").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_freezes_while_it_probes_mysql() {
    freezes_while_it_probes("WXLOGIN_TEST_MYSQL_URL").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_freezes_while_it_probes_mariadb() {
    freezes_while_it_probes("WXLOGIN_TEST_MARIADB_URL").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_freezes_while_it_probes_postgresql() {
    freezes_while_it_probes("WXLOGIN_TEST_POSTGRES_URL").await;
}
