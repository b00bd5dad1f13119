//! Responses that cannot be read, and servers that do not answer.

use std::time::{Duration, Instant};

use tokio::net::TcpListener;

use crate::scripted_server::{ScriptedServer, Step};
use crate::support::{
    CODE, client, exchange, exchange_answered, exchange_with, http, http_ok, patient_client,
    success, what,
};

const NOT_JSON: &str = "its response is not the expected JSON";
const HTTP_ERROR: &str = "it answered with an HTTP error";
const CUT_OFF: &str = "its response was cut off";
const TIMED_OUT: &str = "it did not answer in time";
const CLOSED: &str = "the connection closed before it answered";

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let half = &success()[..40];
    let twice = success().repeat(2);
    for body in ["", " ", "null", "[]", "ok", "<html><body>busy</body></html>", half, &twice] {
        assert_eq!(what(exchange_answered(body).await), NOT_JSON, "{body}");
    }
}

#[tokio::test]
async fn a_status_other_than_200_is_refused() {
    for status in ["204 No Content", "404 Not Found", "502 Bad Gateway"] {
        for body in ["", "<html>502</html>", "{}", &success()] {
            // A 204 has no body.
            let body = if status.starts_with("204") { "" } else { body };
            let response = http(status, "Content-Type: text/html\r\n", body);
            assert_eq!(what(exchange_with(vec![Step::Send(response)]).await), HTTP_ERROR);
        }
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = ScriptedServer::start([
        vec![Step::Send(http("302 Found", "Location: /elsewhere\r\n", ""))],
        vec![Step::Send(http_ok(&success()))],
    ])
    .await;
    assert_eq!(what(exchange(&patient_client(&server), CODE).await), HTTP_ERROR);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_response_that_is_cut_off_is_refused() {
    let whole = http_ok(&success());
    let in_the_body = whole[..whole.len() - 10].to_owned();
    let in_the_head = whole[..20].to_owned();
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"op".to_owned();
    for (part, expected) in [
        (in_the_body, CUT_OFF),
        (chunked, CUT_OFF),
        (in_the_head, CLOSED),
        (String::new(), CLOSED),
        ("not HTTP at all\r\n\r\n".to_owned(), CLOSED),
    ] {
        let result = exchange_with(vec![Step::Send(part.clone()), Step::Close]).await;
        assert_eq!(what(result), expected, "{part}");
    }
}

#[tokio::test]
async fn an_endless_body_is_not_read_to_its_end() {
    const FLOOD: usize = 256 << 20;
    for head in [
        format!("HTTP/1.1 200 OK\r\nContent-Length: {FLOOD}\r\n\r\n"),
        // Until the connection is closed.
        "HTTP/1.1 200 OK\r\n\r\n".to_owned(),
    ] {
        let server = ScriptedServer::start([vec![Step::Send(head), Step::Flood(FLOOD)]]).await;
        let result = exchange(&patient_client(&server), CODE).await;
        assert_eq!(what(result), "its response is larger than 64 KiB");
        // The kernel buffers some more than the client reads.
        assert!(server.flooded() < FLOOD / 8, "{} bytes", server.flooded());
    }
}

#[tokio::test]
async fn a_body_of_64_kib_is_read_and_one_byte_more_is_not() {
    let padded = |length: usize| success() + &" ".repeat(length - success().len());
    assert!(exchange_answered(&padded(64 << 10)).await.is_ok());
    let larger = what(exchange_answered(&padded((64 << 10) + 1)).await);
    assert_eq!(larger, "its response is larger than 64 KiB");
}

#[tokio::test]
async fn slow_responses_time_out() {
    let body = http_ok(&success());
    let (head, _) = body.split_at(body.len() - success().len());
    for script in [
        vec![Step::Hang],
        vec![Step::Trickle(body.clone(), Duration::from_millis(50))],
        vec![Step::Send(head.to_owned()), Step::Hang],
        vec![Step::Send(head.to_owned()), Step::Trickle(success(), Duration::from_millis(50))],
    ] {
        let server = ScriptedServer::start([script]).await;
        let hasty = client(&format!("http://{}", server.address), Duration::from_millis(300));
        let start = Instant::now();
        assert_eq!(what(exchange(&hasty, CODE).await), TIMED_OUT);
        // The trickled responses would take several seconds.
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_closed_port_is_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = client(&format!("http://{address}"), Duration::from_secs(30));
    assert_eq!(what(exchange(&client, CODE).await), "cannot connect to it");
}

#[tokio::test]
async fn plain_http_on_a_tls_port_is_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        stream.writable().await.unwrap();
        stream.try_write(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let client = client(&format!("https://{address}"), Duration::from_secs(30));
    assert_eq!(what(exchange(&client, CODE).await), "cannot connect to it");
}
