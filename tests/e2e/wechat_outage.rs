//! WeChat stops answering under load and comes back: logins fail fast and lose no code.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::support::Harness;

const LOGINS_PER_SECOND: u32 = 200;

/// A login that was answered.
struct Answered {
    code: String,
    begun: Instant,
    took: Duration,
    status: u16,
}

/// Logins that start at a steady rate, whether or not earlier ones were answered.
struct Arrivals {
    harness: Harness,
    running: JoinSet<Answered>,
    ended: Vec<Answered>,
}

impl Arrivals {
    /// Starts logins for this time, or until `enough` is true of one that was answered.
    async fn run(&mut self, at_most: Duration, enough: impl Fn(&Answered) -> bool) {
        let begun = Instant::now();
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / LOGINS_PER_SECOND);
        while begun.elapsed() < at_most {
            ticks.tick().await;
            let (client, simulator) = (self.harness.client.clone(), self.harness.simulator.clone());
            self.running.spawn(async move {
                let code = simulator.code("oAlice").await;
                let begun = Instant::now();
                let status = client.login(&code).await.status;
                Answered { code, begun, took: begun.elapsed(), status }
            });
            while let Some(ended) = self.running.try_join_next() {
                self.ended.push(ended.unwrap());
                if self.ended.last().is_some_and(&enough) {
                    return;
                }
            }
        }
    }

    async fn finish(&mut self) {
        while let Some(ended) = self.running.join_next().await {
            self.ended.push(ended.unwrap());
        }
    }
}

/// How long WeChat is silent, and how long which percentile of the refusals may take. When other
/// tests run at the same time, the limit only excludes waiting for WeChat, which takes three
/// seconds.
fn silence() -> (Duration, usize, Duration) {
    match std::env::var("WXLOGIN_TEST_SILENT_SECONDS") {
        Ok(seconds) => {
            let seconds = seconds.parse().expect("WXLOGIN_TEST_SILENT_SECONDS is a number");
            (Duration::from_secs(seconds), 99, Duration::from_millis(50))
        }
        Err(_) => (Duration::from_secs(5), 90, Duration::from_secs(1)),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_silent_wechat_logins_fail_fast_and_spend_no_code() {
    let harness = Harness::start(&[
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "1000000"),
        ("WXLOGIN__SESSIONS__MAX_PER_USER", "10000"),
        ("WXLOGIN__WECHAT__TIMEOUT_MS", "3000"),
    ])
    .await;
    let (duration, hundredths, limit) = silence();
    let silence = json!([
        { "call": "code2session", "fault": "delay", "delayMs": 60_000, "times": "always" }
    ]);
    let mut arrivals = Arrivals { harness, running: JoinSet::new(), ended: Vec::new() };
    arrivals.run(Duration::from_secs(1), |_| false).await;
    arrivals.finish().await;
    assert!(arrivals.ended.iter().all(|login| login.status == 200), "before the silence");
    arrivals.ended.clear();

    arrivals.harness.simulator.set_faults(&silence).await;
    arrivals.run(Duration::from_mins(1), |login| login.status != 200).await;
    let opened = Instant::now();
    arrivals.run(duration, |_| false).await;
    arrivals.harness.simulator.set_faults(&json!([])).await;
    let back = Instant::now();
    arrivals.run(Duration::from_mins(1), |login| login.status == 200).await;
    let recovered = back.elapsed();
    arrivals.run(Duration::from_secs(1), |_| false).await;
    arrivals.finish().await;

    let Arrivals { harness, mut ended, .. } = arrivals;
    let answered = ended.iter().filter(|login| login.status == 200).count();
    assert!(ended.iter().all(|login| matches!(login.status, 200 | 503)));
    ended.sort_by_key(|login| login.took);
    let refused: Vec<_> =
        ended.iter().filter(|login| login.status == 503 && login.begun > opened).collect();
    let percentile = |hundredths: usize| refused[refused.len() * hundredths / 100].took;
    println!(
        "{} logins refused while the circuit was open: p50 {:?}, p99 {:?}; {answered} answered, the \
         first {recovered:?} after WeChat was back",
        refused.len(),
        percentile(50),
        percentile(99),
    );
    assert!(recovered < Duration::from_secs(5), "{recovered:?}");
    assert!(percentile(hundredths) < limit, "{:?}", percentile(hundredths));

    let mut again = 0;
    for login in &ended {
        let sent = harness.simulator.exchanges(&login.code).await;
        assert!(sent <= 1, "a code was sent {sent} times");
        if sent == 0 && again < 20 {
            assert_eq!(login.status, 503);
            assert_eq!(
                harness.client.login(&login.code).await.status,
                200,
                "the code is still valid"
            );
            again += 1;
        }
    }
    assert_eq!(again, 20);
}
