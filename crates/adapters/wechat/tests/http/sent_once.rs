//! A code is sent to WeChat at most once, even if the connection breaks.

use std::time::Duration;

use crate::scripted_server::{ScriptedServer, Step};
use crate::support::{exchange, http_ok, patient_client, success, what};

fn response() -> Step {
    Step::Send(http_ok(&success()))
}

fn times_seen(server: &ScriptedServer, code: &str) -> usize {
    let parameter = format!("&js_code={code}&");
    server.requests().iter().filter(|request| request.contains(&parameter)).count()
}

#[tokio::test]
async fn a_connection_is_reused() {
    let server = ScriptedServer::start([vec![response()], vec![response()]]).await;
    let client = patient_client(&server);
    exchange(&client, "first").await.unwrap();
    exchange(&client, "second").await.unwrap();
    assert_eq!((server.requests().len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn a_call_is_not_repeated_when_its_connection_closes_without_a_response() {
    let half = http_ok(&success())[..30].to_owned();
    for ending in [vec![Step::Close], vec![Step::Send(half), Step::Close]] {
        let server = ScriptedServer::start([vec![response()], ending, vec![response()]]).await;
        let client = patient_client(&server);
        exchange(&client, "first").await.unwrap();
        let lost = what(exchange(&client, "second").await);
        assert_eq!(lost, "the connection closed before it answered");
        assert_eq!((times_seen(&server, "second"), server.connections()), (1, 1));
        exchange(&client, "third").await.unwrap();
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn a_closed_idle_connection_is_replaced() {
    let server = ScriptedServer::start([vec![response(), Step::Close], vec![response()]]).await;
    let client = patient_client(&server);
    exchange(&client, "first").await.unwrap();
    // Long enough for the client to see that the connection is closed.
    tokio::time::sleep(Duration::from_millis(200)).await;
    exchange(&client, "second").await.unwrap();
    assert_eq!((times_seen(&server, "second"), server.connections()), (1, 2));
}

/// The server closes each connection while the next call starts, sometimes before and sometimes
/// after the request is written.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_not_sent_twice_when_the_connection_closes_at_that_moment() {
    const ROUNDS: usize = 300;
    let server =
        ScriptedServer::start(std::iter::repeat_n(vec![response(), Step::Close], ROUNDS)).await;
    let client = patient_client(&server);
    for round in 0..ROUNDS {
        let code = format!("round{round}");
        let answered = exchange(&client, &code).await.is_ok();
        let seen = times_seen(&server, &code);
        assert!(seen == 1 || (seen == 0 && !answered), "seen {seen} times in round {round}");
    }
}
