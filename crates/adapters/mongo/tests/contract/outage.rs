//! Errors while the server is unreachable, and recovery.

use std::time::{Duration, Instant};

use crate::proxy::{Behaviour, Proxy};
use crate::support::ScratchDatabase;
use futures_util::future::join_all;
use wxlogin_domain::ports::{LoginOutcome, StoreError, Stores};
use wxlogin_domain::testing::contract::Sample;
use wxlogin_mongo::{Database, DatabaseSettings, OpenError};

const SETTINGS: DatabaseSettings = DatabaseSettings {
    connections: 4,
    acquire_timeout: Duration::from_millis(500),
    statement_timeout: Duration::from_millis(500),
};

/// The sum of the two timeouts, and a margin for a busy machine.
const AT_MOST: Duration = Duration::from_millis(2500);

/// A scratch database behind a proxy.
async fn behind_a_proxy() -> Option<(ScratchDatabase, Proxy, Database)> {
    let scratch = ScratchDatabase::new().await?;
    let (host, url_to) = scratch.address_and_url();
    let proxy = Proxy::before(host).await;
    let url = url_to(&proxy.address);
    let database = Database::open(&url, SETTINGS).await.unwrap();
    database.migrate().await.unwrap();
    drop(url_to);
    Some((scratch, proxy, database))
}

async fn log_in(stores: &Stores, person: &str) -> Result<LoginOutcome, StoreError> {
    stores.accounts.record_login(Sample::of(person).record()).await
}

async fn assert_unavailable(stores: &Stores) {
    let begun = Instant::now();
    let calls = (0..32).map(|_| log_in(stores, "oAlice"));
    for outcome in join_all(calls).await {
        assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    }
    let ping = stores.deployment.ping().await;
    assert!(matches!(ping, Err(StoreError::Unavailable(_))), "{ping:?}");
    assert!(begun.elapsed() < 2 * AT_MOST, "{:?}", begun.elapsed());
}

async fn assert_recovers(stores: &Stores) {
    let begun = Instant::now();
    while stores.deployment.ping().await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "no recovery");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(log_in(stores, "oBob").await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_silent_server_is_unavailable_in_time_and_recovers() {
    let Some((_scratch, proxy, database)) = behind_a_proxy().await else { return };
    let stores = database.stores();
    log_in(&stores, "oAlice").await.unwrap();
    for _ in 0..2 {
        proxy.behave(Behaviour::Silent);
        assert_unavailable(&stores).await;
        proxy.behave(Behaviour::Normal);
        assert_recovers(&stores).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_closes_connections_is_unavailable_in_time_and_recovers() {
    let Some((_scratch, proxy, database)) = behind_a_proxy().await else { return };
    let stores = database.stores();
    log_in(&stores, "oAlice").await.unwrap();
    for _ in 0..2 {
        proxy.behave(Behaviour::HangsUp);
        assert_unavailable(&stores).await;
        proxy.behave(Behaviour::Normal);
        assert_recovers(&stores).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_acknowledged_login_is_lost() {
    let Some((_scratch, proxy, database)) = behind_a_proxy().await else { return };
    let stores = database.stores();
    let tasks = (0..8).map(|client| {
        let stores = stores.clone();
        tokio::spawn(async move {
            let mut answered = Vec::new();
            for n in 0..40 {
                let person = format!("oPerson{}", (client * 7 + n) % 20);
                let login = Sample::of(&person).with_union(&format!("u{person}"));
                // Repeated until it succeeds, as a client would.
                loop {
                    match stores.accounts.record_login(login.record()).await {
                        Ok(LoginOutcome::SignedIn { user, session, union_conflict, .. }) => {
                            assert_eq!(union_conflict, None);
                            answered.push((person, user.id, session));
                            break;
                        }
                        Err(StoreError::Unavailable(_)) => {}
                        other => panic!("got {other:?}"),
                    }
                }
            }
            answered
        })
    });
    let tasks = tasks.collect::<Vec<_>>();
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        proxy.behave(Behaviour::HangsUp);
        tokio::time::sleep(Duration::from_millis(50)).await;
        proxy.behave(Behaviour::Normal);
    }
    let mut users = std::collections::HashMap::new();
    for answered in join_all(tasks).await {
        for (person, user, session) in answered.unwrap() {
            assert_eq!(*users.entry(person).or_insert(user), user);
            assert_eq!(stores.sessions.find_session(session.id).await, Ok(Some(session)));
        }
    }
    assert_eq!(users.len(), 20);
}

#[tokio::test]
async fn an_unreachable_server_is_reported_in_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("mongodb://alice:s3cret@{}/wxlogin", listener.local_addr().unwrap());
    assert_unreachable(&url).await;
    // Now nothing listens there.
    drop(listener);
    assert_unreachable(&url).await;
}

async fn assert_unreachable(url: &str) {
    let begun = Instant::now();
    let Err(error) = Database::open(url, SETTINGS).await else {
        panic!("the server is unreachable")
    };
    assert!(matches!(error, OpenError::Store(StoreError::Unavailable(_))), "{error:?}");
    assert!(begun.elapsed() < AT_MOST, "{:?}", begun.elapsed());
    let text = format!("{error} {error:?}");
    assert!(!text.contains("s3cret") && !text.contains("alice"), "{text}");
}
