//! WeChat falls silent under load and comes back; callers are told at once and lose no code.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::support::House;

const A_SECOND: u32 = 200;

/// A login that came to its end.
struct Ended {
    code: String,
    begun: Instant,
    took: Duration,
    status: u16,
}

/// Logins that begin at a steady rate, whether or not those before have ended.
struct Arrivals {
    house: House,
    running: JoinSet<Ended>,
    ended: Vec<Ended>,
}

impl Arrivals {
    /// Goes on for so long, or until `enough` is true of a login that has ended.
    async fn go_on(&mut self, at_most: Duration, enough: impl Fn(&Ended) -> bool) {
        let begun = Instant::now();
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / A_SECOND);
        while begun.elapsed() < at_most {
            ticks.tick().await;
            let (client, simulator) = (self.house.client.clone(), self.house.simulator.clone());
            self.running.spawn(async move {
                let code = simulator.code("oAlice").await;
                let begun = Instant::now();
                let status = client.login(&code).await.status;
                Ended { code, begun, took: begun.elapsed(), status }
            });
            while let Some(ended) = self.running.try_join_next() {
                self.ended.push(ended.unwrap());
                if self.ended.last().is_some_and(&enough) {
                    return;
                }
            }
        }
    }

    async fn stop(&mut self) {
        while let Some(ended) = self.running.join_next().await {
            self.ended.push(ended.unwrap());
        }
    }
}

/// How long the silence lasts, and how long so many of a hundred refusals may take. Where other tests
/// run beside this one, most have to be told from waiting for WeChat, which takes three seconds.
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
async fn a_silent_wechat_costs_callers_no_time_and_no_code() {
    let house = House::start(&[
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "1000000"),
        ("WXLOGIN__SESSIONS__MAX_PER_USER", "10000"),
        ("WXLOGIN__WECHAT__TIMEOUT_MS", "3000"),
    ])
    .await;
    let (silence_lasts, most, at_most) = silence();
    let silence = json!([
        { "call": "code2session", "fault": "delay", "delayMs": 60_000, "times": "always" }
    ]);
    let mut arrivals = Arrivals { house, running: JoinSet::new(), ended: Vec::new() };
    arrivals.go_on(Duration::from_secs(1), |_| false).await;
    arrivals.stop().await;
    assert!(arrivals.ended.iter().all(|login| login.status == 200), "while it answers");
    arrivals.ended.clear();

    arrivals.house.simulator.faults(&silence).await;
    arrivals.go_on(Duration::from_mins(1), |login| login.status != 200).await;
    let given_up = Instant::now();
    arrivals.go_on(silence_lasts, |_| false).await;
    arrivals.house.simulator.faults(&json!([])).await;
    let back = Instant::now();
    arrivals.go_on(Duration::from_mins(1), |login| login.status == 200).await;
    let recovered = back.elapsed();
    arrivals.go_on(Duration::from_secs(1), |_| false).await;
    arrivals.stop().await;

    let Arrivals { house, mut ended, .. } = arrivals;
    let answered = ended.iter().filter(|login| login.status == 200).count();
    assert!(ended.iter().all(|login| matches!(login.status, 200 | 503)));
    ended.sort_by_key(|login| login.took);
    let refused: Vec<_> =
        ended.iter().filter(|login| login.status == 503 && login.begun > given_up).collect();
    let percentile = |hundredths: usize| refused[refused.len() * hundredths / 100].took;
    println!(
        "{} logins refused once it was given up: p50 {:?}, p99 {:?}; {answered} answered, the \
         first {recovered:?} after WeChat was back",
        refused.len(),
        percentile(50),
        percentile(99),
    );
    assert!(recovered < Duration::from_secs(5), "{recovered:?}");
    assert!(percentile(most) < at_most, "{:?}", percentile(most));

    let mut again = 0;
    for login in &ended {
        let sent = house.simulator.exchanges(&login.code).await;
        assert!(sent <= 1, "a code was sent {sent} times");
        if sent == 0 && again < 20 {
            assert_eq!(login.status, 503);
            assert_eq!(house.client.login(&login.code).await.status, 200, "the code is still good");
            again += 1;
        }
    }
    assert_eq!(again, 20);
}
