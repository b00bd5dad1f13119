//! The load: `load JOB`, where the job is a JSON object like
//! `{"port": 8080, "scenario": "returning", "connections": 64, "seconds": 5, "users": 40000}`.
//!
//! It signs in what the scenario needs, prints `ready`, waits for a line on standard input, sends
//! requests until time or count is used up, and prints the outcome as JSON. A virtual client has one
//! connection and one request at a time; with `rate`, requests per second of all clients together, it
//! waits for its turn before each.

mod http;
mod requests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::time::sleep_until;

use crate::requests::{Client, Numbers, Scenario, text};

/// How many clients sign in at once before the load begins.
const SIGNING_IN: usize = 16;

#[derive(Deserialize)]
struct Job {
    port: u16,
    scenario: Scenario,
    #[serde(default)]
    original: bool,
    #[serde(default)]
    key: String,
    connections: u32,
    seconds: f64,
    /// The largest number of requests.
    requests: Option<u64>,
    rate: Option<f64>,
    /// How many users have signed in before.
    users: u64,
}

#[derive(Serialize)]
struct Outcome {
    /// Requests that were answered as expected.
    good: u64,
    /// The others by status; 0 stands for no response.
    failed: BTreeMap<u16, u64>,
    seconds: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    /// Good requests in each tenth of a second.
    timeline: Vec<u64>,
    /// How many users have signed in by now.
    users: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let job = std::env::args().nth(1).ok_or("usage: load JOB")?;
    let job: Job = serde_json::from_str(&job)?;
    let numbers = Arc::new(Numbers::new(job.users));
    let mut clients = Vec::new();
    while clients.len() < job.connections as usize {
        let left = job.connections as usize - clients.len();
        let preparing = (0..left.min(SIGNING_IN)).map(|_| {
            let (key, numbers) = (job.key.clone(), numbers.clone());
            tokio::spawn(Client::prepare(job.port, job.scenario, job.original, key, numbers))
        });
        for client in preparing.collect::<Vec<_>>() {
            clients.push(client.await??);
        }
    }
    println!("ready");
    std::io::stdin().read_line(&mut String::new())?;

    let begun = Instant::now();
    let pace = Arc::new(Pace {
        begun,
        until: begun + Duration::from_secs_f64(job.seconds),
        requests_left: job.requests.unwrap_or(u64::MAX).into(),
        interval: job.rate.map(|rate| Duration::from_secs_f64(f64::from(job.connections) / rate)),
    });
    let running = (0..).zip(clients).map(|(at, client)| {
        let share = f64::from(at) / f64::from(job.connections);
        tokio::spawn(run(client, share, pace.clone()))
    });
    let mut samples = Vec::new();
    for client in running.collect::<Vec<_>>() {
        samples.append(&mut client.await?);
    }
    let outcome = Outcome::of(&samples, begun.elapsed(), numbers.users());
    println!("{}", serde_json::to_string(&outcome)?);
    Ok(())
}

struct Pace {
    begun: Instant,
    until: Instant,
    requests_left: AtomicU64,
    /// Between two requests of one client, in an open loop.
    interval: Option<Duration>,
}

impl Pace {
    fn takes_another(&self) -> bool {
        let take = |left: u64| left.checked_sub(1);
        Instant::now() < self.until
            && self.requests_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

/// One request: when it ended, how long it took, and its status unless that was the expected one.
struct Sample {
    at: Duration,
    took: Duration,
    failed: Option<u16>,
}

/// `share`: how far this client's turn is behind the first one's, as a part of the interval.
async fn run(mut client: Client, share: f64, pace: Arc<Pace>) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut turn = pace.begun + pace.interval.unwrap_or_default().mul_f64(share);
    loop {
        if let Some(interval) = pace.interval {
            sleep_until(turn.into()).await;
            turn = (turn + interval).max(Instant::now());
        }
        if !pace.takes_another() {
            return samples;
        }
        let request = client.next_request();
        let (expected, is_refreshing) = (client.expected_status(), client.is_refreshing());
        let sent = Instant::now();
        let (status, token) = match client.connection.send(&request).await {
            Ok((status, body)) if is_refreshing => {
                (status, text(body, "refreshToken").map(str::to_owned))
            }
            Ok((status, _)) => (status, None),
            Err(_) => (0, None),
        };
        let took = sent.elapsed();
        client.keep(token);
        let failed = (status != expected).then_some(status);
        samples.push(Sample { at: pace.begun.elapsed(), took, failed });
        if failed.is_some() {
            // A server that refuses at once must not be asked as fast as the machine can.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Outcome {
    fn of(samples: &[Sample], elapsed: Duration, users: u64) -> Self {
        let (mut failed, mut timeline, mut times) = (BTreeMap::new(), Vec::new(), Vec::new());
        for sample in samples {
            if let Some(status) = sample.failed {
                *failed.entry(status).or_default() += 1;
                continue;
            }
            times.push(sample.took);
            let tenth = usize::try_from(sample.at.as_millis() / 100).unwrap_or(usize::MAX);
            timeline.resize(timeline.len().max(tenth + 1), 0);
            timeline[tenth] += 1;
        }
        times.sort_unstable();
        let percentile = |share: f64| {
            // Nearest rank.
            let rank = (times.len() as f64 * share).ceil() as usize;
            let time = times.get(rank.saturating_sub(1)).copied().unwrap_or_default();
            time.as_secs_f64() * 1000.0
        };
        Self {
            good: times.len() as u64,
            failed,
            seconds: elapsed.as_secs_f64(),
            p50_ms: percentile(0.5),
            p99_ms: percentile(0.99),
            max_ms: percentile(1.0),
            timeline,
            users,
        }
    }
}
