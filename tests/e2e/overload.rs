//! Requests that anybody can send in any number, forged refresh tokens and `/readyz`, do not keep
//! honest users from signing in, even if the database is far away.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::Method;
use tokio::task::{JoinHandle, JoinSet};

use crate::scratch::Scratch;
use crate::sessions::{refresh, refresh_token};
use crate::support::{Answer, Client, Harness, Proxy, Tally};

/// A round trip to the database takes twenty milliseconds.
const EACH_WAY: Duration = Duration::from_millis(10);
/// How long an honest user may wait, including repetitions after 503.
const PATIENCE: Duration = Duration::from_secs(5);
/// How soon everything is as before.
const RECOVERY: Duration = Duration::from_secs(2);

/// wxlogin, with its PostgreSQL far away.
struct Distant {
    harness: Harness,
    proxy: Proxy,
    _scratch: Scratch,
}

impl Distant {
    async fn start(each_way: Duration) -> Option<Self> {
        let scratch = Scratch::on("WXLOGIN_TEST_POSTGRES_URL").await?;
        let proxy = Proxy::before(&scratch.url, each_way).await;
        let harness = Harness::start(&[
            ("WXLOGIN__DATABASE__URL", &proxy.url()),
            ("WXLOGIN__DATABASE__CONNECTIONS", "8"),
            ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "1000000"),
            ("WXLOGIN__SESSIONS__MAX_PER_USER", "10000"),
        ])
        .await;
        Some(Self { harness, proxy, _scratch: scratch })
    }

    /// Clients that sign people in, each a person of its own.
    fn sign_in(&self, clients: usize, until: Instant, pause: Duration) -> JoinSet<Tally> {
        let mut tasks = JoinSet::new();
        for number in 0..clients {
            let (client, simulator) = (self.harness.client.clone(), self.harness.simulator.clone());
            tasks.spawn(async move {
                let person = format!("oPerson{number}");
                let sign_in =
                    async || client.login(&simulator.code(&person).await).await.status == 200;
                Tally::of(|| Instant::now() < until, pause, sign_in).await
            });
        }
        tasks
    }

    /// Clients that refresh sessions of their own, again after a 503.
    async fn refresh(&self, clients: usize, until: Instant, pause: Duration) -> JoinSet<Tally> {
        let mut tasks = JoinSet::new();
        for number in 0..clients {
            let login = self.harness.sign_in(&format!("oRefresher{number}")).await;
            let (client, mut token) =
                (self.harness.client.clone(), refresh_token(&login).to_owned());
            tasks.spawn(async move {
                let mut tally = Tally::default();
                while Instant::now() < until {
                    let begun = Instant::now();
                    let answer = refresh_patiently(&client, &token).await;
                    tally.note(answer.status == 200, begun.elapsed());
                    if answer.status == 200 {
                        refresh_token(&answer).clone_into(&mut token);
                    }
                    tokio::time::sleep(pause).await;
                }
                tally
            });
        }
        tasks
    }

    /// Clients that ask whether a path answers 200.
    fn ask(
        &self,
        path: &'static str,
        token: &str,
        clients: usize,
        until: Instant,
        pause: Duration,
    ) -> JoinSet<Tally> {
        let mut tasks = JoinSet::new();
        for _ in 0..clients {
            let (client, token) = (self.harness.client.clone(), token.to_owned());
            tasks.spawn(async move {
                let ask = async || status(&client, path, &token).await == 200;
                Tally::of(|| Instant::now() < until, pause, ask).await
            });
        }
        tasks
    }

    /// Sends forged tokens at this rate. Returns how many.
    fn forge(&self, token: &str, per_second: u32, until: Instant) -> JoinHandle<usize> {
        let (client, token) = (self.harness.client.clone(), token.to_owned());
        tokio::spawn(async move {
            let mut forgeries = JoinSet::new();
            let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_second);
            for number in 0.. {
                ticks.tick().await;
                if Instant::now() >= until {
                    break;
                }
                let (client, token) = (client.clone(), forged(&token, number));
                forgeries.spawn(async move {
                    let status = refresh(&client, &token).await.status;
                    assert!(matches!(status, 400 | 429 | 503), "a forged token: {status}");
                });
            }
            let sent = forgeries.len();
            // Those that were not answered are abandoned.
            forgeries.shutdown().await;
            sent
        })
    }

    /// Waits until everything works as before.
    async fn recovers(&self, access: &str) {
        let over = Instant::now();
        while !self.works(access).await {
            assert!(over.elapsed() < RECOVERY, "not recovered after {:?}", over.elapsed());
        }
    }

    async fn works(&self, access: &str) -> bool {
        let client = &self.harness.client;
        let login = self.harness.sign_in("oBob").await;
        login.status == 200
            && refresh(client, refresh_token(&login)).await.status == 200
            && status(client, "/v1/me", login.token()).await == 200
            && status(client, "/v1/verify", access).await == 200
            && status(client, "/readyz", access).await == 200
    }
}

async fn status(client: &Client, path: &str, token: &str) -> u16 {
    client.send(client.request(Method::GET, path).bearer_auth(token)).await.status
}

/// A token like this one, of another session, that wxlogin did not issue.
fn forged(token: &str, number: u64) -> String {
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(token).unwrap();
    // The session's id comes after the version and the key's id.
    bytes[5..13].copy_from_slice(&number.to_be_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

async fn refresh_patiently(client: &Client, token: &str) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = refresh(client, token).await;
        if answer.status != 503 || begun.elapsed() > PATIENCE {
            return answer;
        }
    }
}

async fn total(tasks: JoinSet<Tally>) -> Tally {
    tasks.join_all().await.into_iter().sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_refresh_tokens_keep_nobody_out() {
    // Revocations that could not be read for ten seconds would stop verification.
    const STORM: Duration = Duration::from_secs(13);
    const PAUSE: Duration = Duration::from_millis(300);
    let Some(distant) = Distant::start(EACH_WAY).await else { return };
    let alice = distant.harness.sign_in("oAlice").await;
    let forgery = forged(refresh_token(&alice), 1);
    let answer = refresh(&distant.harness.client, &forgery).await;
    assert_eq!((answer.status, answer.problem()), (400, "refresh_token_invalid"));
    let access = alice.token().to_owned();
    let before = distant.proxy.connections();

    let until = Instant::now() + STORM;
    let refreshes = distant.refresh(4, until, PAUSE).await;
    let logins = distant.sign_in(4, until, PAUSE);
    let checks = distant.ask("/v1/verify", &access, 1, until, Duration::from_millis(50));
    let storm = distant.forge(refresh_token(&alice), 300, until);
    let (logins, refreshes, checks) =
        (total(logins).await, total(refreshes).await, total(checks).await);
    let forgeries = storm.await.unwrap();
    let opened = distant.proxy.connections() - before;
    println!(
        "{forgeries} forged tokens, {opened} connections opened\nlogins: {logins}\n\
         refreshes: {refreshes}\nverifications: {checks}"
    );
    logins.check("logins", PATIENCE);
    refreshes.check("refreshes", PATIENCE);
    checks.check("verifications", PATIENCE);
    distant.recovers(&access).await;
    assert!(opened <= 32, "{opened} connections were opened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_checks_cost_the_database_nothing() {
    const BURST: Duration = Duration::from_secs(2);
    const AT_ONCE: usize = 256;
    let Some(distant) = Distant::start(EACH_WAY).await else { return };
    distant.harness.sign_in("oAlice").await;

    let until = Instant::now() + BURST;
    let checks = distant.ask("/readyz", "", AT_ONCE, until, Duration::ZERO);
    let logins = distant.sign_in(4, until, Duration::ZERO);
    let (logins, checks) = (total(logins).await, total(checks).await);
    println!("logins: {logins}\nreadiness checks among them: {checks}");

    let before = distant.proxy.requests();
    let until = Instant::now() + BURST;
    let alone = total(distant.ask("/readyz", "", AT_ONCE, until, Duration::ZERO)).await;
    let requests = distant.proxy.requests() - before;
    println!("{requests} requests to the database during these readiness checks: {alone}");

    logins.check("logins", PATIENCE);
    checks.check("readiness checks", PATIENCE);
    alone.check("readiness checks", PATIENCE);
    // In each second, an instance reads revocations and keys and probes the database.
    assert!(requests < 100, "{requests} requests to the database for: {alone}");
}
