//! Measures what committing logins together is worth: the same load on one database, logins
//! together in one worker's transactions against one transaction each on sixteen connections, in
//! turns. `tests/long/group-commit` gives it a server.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement ends where it does not find what it expects, and prints"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use wxlogin_domain::ports::Stores;
use wxlogin_domain::testing::contract::Sample;
use wxlogin_sql::{Database, DatabaseSettings};

const TURNS: usize = 3;
const TURN: Duration = Duration::from_secs(5);
const PEOPLE: usize = 2000;
const SEPARATE: usize = 16;

#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).expect("the URL of an empty database");
    let together = open(&url, DatabaseSettings::LOGINS_PER_TRANSACTION).await;
    let mut alone = Vec::new();
    for _ in 0..SEPARATE {
        alone.push(open(&url, 1).await);
    }
    let together = [together];
    measure("warming up", &together, 64).await;
    for clients in [1, 64] {
        for _ in 0..TURNS {
            measure("together", &together, clients).await;
            measure("alone", &alone, clients).await;
        }
    }
}

async fn open(url: &str, logins_per_transaction: usize) -> Stores {
    let settings = DatabaseSettings {
        connections: 2,
        acquire_timeout: Duration::from_secs(30),
        statement_timeout: Duration::from_secs(30),
        logins_per_transaction,
    };
    let database = Database::open(url, settings).await.expect("it opens");
    database.migrate().await.expect("it migrates");
    database.stores()
}

async fn measure(name: &str, stores: &[Stores], clients: usize) {
    static AT: AtomicU64 = AtomicU64::new(0);
    let next = Arc::new(AtomicUsize::new(0));
    let until = Instant::now() + TURN;
    let tasks = (0..clients).map(|client| {
        let stores = stores[client % stores.len()].clone();
        let next = next.clone();
        tokio::spawn(async move {
            let mut times = Vec::new();
            while Instant::now() < until {
                let person = next.fetch_add(1, Ordering::Relaxed) % PEOPLE;
                let login = Sample::of(&format!("oPerson{person}"))
                    .named(&format!("Person {person}"))
                    .at(AT.fetch_add(1, Ordering::Relaxed))
                    .limited_to(10);
                let begun = Instant::now();
                login.sign_in(&stores).await;
                times.push(begun.elapsed());
            }
            times
        })
    });
    let mut times = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        times.extend(task.await.expect("no login panics"));
    }
    times.sort_unstable();
    let per_second = times.len() as u64 / TURN.as_secs();
    let at = |percent: usize| times[times.len() * percent / 100];
    println!(
        "{name:>10} {clients:>3} clients {per_second:>6} logins/s   p50 {:>9.2?}   p99 {:>9.2?}",
        at(50),
        at(99)
    );
}
