//! A code reaches WeChat at most once, whatever becomes of the connection.

use std::time::Duration;

use crate::canned::{CannedServer, Step};
use crate::support::{exchange, good, http_ok, patient_client, what};

fn answer() -> Step {
    Step::Send(http_ok(&good()))
}

fn times_seen(server: &CannedServer, code: &str) -> usize {
    let parameter = format!("&js_code={code}&");
    server.requests().iter().filter(|request| request.contains(&parameter)).count()
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_call() {
    let server = CannedServer::start([vec![answer()], vec![answer()]]).await;
    let client = patient_client(&server);
    exchange(&client, "first").await.unwrap();
    exchange(&client, "second").await.unwrap();
    assert_eq!((server.requests().len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn a_kept_connection_that_closes_unanswered_is_not_replaced() {
    let half = http_ok(&good())[..30].to_owned();
    for last_words in [vec![Step::Close], vec![Step::Send(half), Step::Close]] {
        let server = CannedServer::start([vec![answer()], last_words, vec![answer()]]).await;
        let client = patient_client(&server);
        exchange(&client, "first").await.unwrap();
        let lost = what(exchange(&client, "second").await);
        assert_eq!(lost, "the connection broke before its answer");
        assert_eq!((times_seen(&server, "second"), server.connections()), (1, 1));
        exchange(&client, "third").await.unwrap();
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn a_kept_connection_that_has_been_closed_costs_nothing() {
    let server = CannedServer::start([vec![answer(), Step::Close], vec![answer()]]).await;
    let client = patient_client(&server);
    exchange(&client, "first").await.unwrap();
    // Long enough for the end of the connection to arrive.
    tokio::time::sleep(Duration::from_millis(200)).await;
    exchange(&client, "second").await.unwrap();
    assert_eq!((times_seen(&server, "second"), server.connections()), (1, 2));
}

/// The server closes each connection while the next call is starting. Which of the two is first
/// differs from turn to turn.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_closes_just_now_never_doubles_a_code() {
    const TURNS: usize = 300;
    let server = CannedServer::start(std::iter::repeat_n(vec![answer(), Step::Close], TURNS)).await;
    let client = patient_client(&server);
    for turn in 0..TURNS {
        let code = format!("turn{turn}");
        let answered = exchange(&client, &code).await.is_ok();
        let seen = times_seen(&server, &code);
        assert!(seen == 1 || (seen == 0 && !answered), "seen {seen} times in turn {turn}");
    }
}
