//! Requests that anybody can send in any number, forged refresh tokens and `/readyz`, do not keep
//! honest users from signing in, even if the database is far away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::json;
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
            ("WXLOGIN__LIMITS__REFRESHES_PER_MINUTE", "1000000"),
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
                    let request = client.request(Method::POST, "/v1/token/refresh");
                    request.json(&json!({ "refreshToken": token })).send().await.is_ok()
                });
            }
            let sent = forgeries.len();
            // Those that were not answered are abandoned.
            forgeries.shutdown().await;
            sent
        })
    }

    /// Creates this many codes, of the people of `sign_in`.
    async fn codes(&self, count: usize, people: usize) -> Vec<String> {
        const AT_ONCE: usize = 32;
        let mut tasks = JoinSet::new();
        for first in 0..AT_ONCE {
            let simulator = self.harness.simulator.clone();
            tasks.spawn(async move {
                let mut codes = Vec::new();
                for number in (first..count).step_by(AT_ONCE) {
                    codes.push(simulator.code(&format!("oPerson{}", number % people)).await);
                }
                codes
            });
        }
        tasks.join_all().await.concat()
    }

    /// Sends a login for each code, evenly over this time and without waiting for answers. Returns
    /// how many had succeeded by then.
    async fn arrive(&self, codes: Vec<String>, duration: Duration) -> usize {
        let succeeded = Arc::new(AtomicUsize::new(0));
        let mut ticks = tokio::time::interval(duration / u32::try_from(codes.len()).unwrap());
        let mut logins = JoinSet::new();
        for code in codes {
            ticks.tick().await;
            let (client, succeeded) = (self.harness.client.clone(), succeeded.clone());
            logins.spawn(async move {
                let login = client.try_login(&code).await;
                succeeded.fetch_add(usize::from(login.is_some()), Ordering::SeqCst);
            });
        }
        let in_time = succeeded.load(Ordering::SeqCst);
        logins.shutdown().await;
        in_time
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

/// How long each measurement of the next test lasts. It says nothing while other tests run.
#[expect(clippy::print_stderr, reason = "skipped cases must be visible")]
fn measured_for() -> Option<Duration> {
    let seconds = std::env::var("WXLOGIN_TEST_OVERLOAD_SECONDS").ok();
    if seconds.is_none() {
        eprintln!("skipped: goodput_at_three_times_the_capacity, see tests/long/overload");
    }
    let number =
        |seconds: String| seconds.parse().expect("WXLOGIN_TEST_OVERLOAD_SECONDS is a number");
    seconds.map(number).map(Duration::from_secs)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goodput_at_three_times_the_capacity() {
    const CLIENTS: usize = 512;
    // So far away that the database, and not this machine, is the limit.
    const FAR_AWAY: Duration = Duration::from_millis(50);
    let Some(duration) = measured_for() else { return };
    let Some(distant) = Distant::start(FAR_AWAY).await else { return };
    let alice = distant.harness.sign_in("oAlice").await;
    let per_second =
        |logins: usize| u32::try_from(logins).unwrap() / u32::try_from(duration.as_secs()).unwrap();

    total(distant.sign_in(CLIENTS, Instant::now() + duration / 2, Duration::ZERO)).await;
    let until = Instant::now() + duration;
    let capacity =
        per_second(total(distant.sign_in(CLIENTS, until, Duration::ZERO)).await.succeeded);
    println!("capacity: {capacity} logins/s");

    let arrivals = 3 * usize::try_from(u64::from(capacity) * duration.as_secs()).unwrap();
    let codes = distant.codes(arrivals, CLIENTS).await;
    let honest = per_second(distant.arrive(codes, duration).await);
    println!("at three times the capacity: {honest} logins/s");
    distant.recovers(alice.token()).await;

    let until = Instant::now() + duration;
    let storm = distant.forge(refresh_token(&alice), 3 * capacity, until);
    let among_forged =
        per_second(total(distant.sign_in(CLIENTS, until, Duration::ZERO)).await.succeeded);
    let forgeries = per_second(storm.await.unwrap());
    println!("with {forgeries} forged tokens/s: {among_forged} logins/s");
    distant.recovers(alice.token()).await;

    assert!(5 * honest >= 4 * capacity, "{honest} of {capacity} logins/s");
    assert!(5 * among_forged >= 4 * capacity, "{among_forged} of {capacity} logins/s");
}
