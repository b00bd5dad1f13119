//! Answers that are none.

use std::time::{Duration, Instant};

use tokio::net::TcpListener;

use crate::canned::{CannedServer, Step};
use crate::support::{
    CODE, client, exchange, exchange_answered, exchange_with, good, http, http_ok, patient_client,
    what,
};

const NOT_JSON: &str = "its answer is not the JSON it should be";
const HTTP_ERROR: &str = "it answers with an HTTP error";
const BROKE_OFF: &str = "its answer broke off";
const TOO_LATE: &str = "its answer did not come in time";
const NO_ANSWER: &str = "the connection broke before its answer";

#[tokio::test]
async fn bodies_that_are_not_json() {
    let half = &good()[..40];
    let twice = good().repeat(2);
    for body in ["", " ", "null", "[]", "ok", "<html><body>busy</body></html>", half, &twice] {
        assert_eq!(what(exchange_answered(body).await), NOT_JSON, "{body}");
    }
}

#[tokio::test]
async fn statuses_that_are_not_200() {
    for status in ["204 No Content", "404 Not Found", "502 Bad Gateway"] {
        for body in ["", "<html>502</html>", "{}", &good()] {
            // A 204 has no body.
            let body = if status.starts_with("204") { "" } else { body };
            let answer = http(status, "Content-Type: text/html\r\n", body);
            assert_eq!(what(exchange_with(vec![Step::Send(answer)]).await), HTTP_ERROR);
        }
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = CannedServer::start([
        vec![Step::Send(http("302 Found", "Location: /elsewhere\r\n", ""))],
        vec![Step::Send(http_ok(&good()))],
    ])
    .await;
    assert_eq!(what(exchange(&patient_client(&server), CODE).await), HTTP_ERROR);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_cut_short() {
    let whole = http_ok(&good());
    let in_the_body = whole[..whole.len() - 10].to_owned();
    let in_the_head = whole[..20].to_owned();
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"op".to_owned();
    for (part, expected) in [
        (in_the_body, BROKE_OFF),
        (chunked, BROKE_OFF),
        (in_the_head, NO_ANSWER),
        (String::new(), NO_ANSWER),
        ("not HTTP at all\r\n\r\n".to_owned(), NO_ANSWER),
    ] {
        let result = exchange_with(vec![Step::Send(part.clone()), Step::Close]).await;
        assert_eq!(what(result), expected, "{part}");
    }
}

#[tokio::test]
async fn an_endless_body_is_left_early() {
    const FLOOD: usize = 256 << 20;
    for head in [
        format!("HTTP/1.1 200 OK\r\nContent-Length: {FLOOD}\r\n\r\n"),
        // Until the connection is closed.
        "HTTP/1.1 200 OK\r\n\r\n".to_owned(),
    ] {
        let server = CannedServer::start([vec![Step::Send(head), Step::Flood(FLOOD)]]).await;
        let result = exchange(&patient_client(&server), CODE).await;
        assert_eq!(what(result), "its answer is larger than 64 KiB");
        // What the kernel buffers is beyond the client's say.
        assert!(server.flooded() < FLOOD / 8, "{} bytes", server.flooded());
    }
}

#[tokio::test]
async fn a_body_of_64_kib_is_still_read() {
    let padded = |length: usize| good() + &" ".repeat(length - good().len());
    assert!(exchange_answered(&padded(64 << 10)).await.is_ok());
    let larger = what(exchange_answered(&padded((64 << 10) + 1)).await);
    assert_eq!(larger, "its answer is larger than 64 KiB");
}

#[tokio::test]
async fn slow_answers_end_in_time() {
    let body = http_ok(&good());
    let (head, _) = body.split_at(body.len() - good().len());
    for script in [
        vec![Step::Hang],
        vec![Step::Trickle(body.clone(), Duration::from_millis(50))],
        vec![Step::Send(head.to_owned()), Step::Hang],
        vec![Step::Send(head.to_owned()), Step::Trickle(good(), Duration::from_millis(50))],
    ] {
        let server = CannedServer::start([script]).await;
        let hasty = client(&format!("http://{}", server.address), Duration::from_millis(300));
        let start = Instant::now();
        assert_eq!(what(exchange(&hasty, CODE).await), TOO_LATE);
        // The trickled answers take several seconds.
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = client(&format!("http://{address}"), Duration::from_secs(30));
    assert_eq!(what(exchange(&client, CODE).await), "no connection to it can be made");
}

#[tokio::test]
async fn plain_http_where_tls_should_be() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        stream.writable().await.unwrap();
        stream.try_write(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let client = client(&format!("https://{address}"), Duration::from_secs(30));
    assert_eq!(what(exchange(&client, CODE).await), "no connection to it can be made");
}
