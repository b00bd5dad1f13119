//! A shutdown loses no login.

use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::support::Harness;

#[tokio::test]
async fn an_open_login_is_finished() {
    let harness = Harness::start(&[]).await;
    let code = harness.simulator.code("oAlice").await;
    harness
        .simulator
        .set_faults(&json!([{"call": "code2session", "fault": "delay", "delayMs": 1500}]))
        .await;
    let client = harness.client.clone();
    let asked = code.clone();
    let login = tokio::spawn(async move { client.login(&asked).await });
    while harness.simulator.exchanges(&code).await == 0 {
        tokio::task::yield_now().await;
    }
    harness.wxlogin.terminate().await;
    assert_eq!(login.await.unwrap().status, 200);
    let ended = harness.wxlogin.finish().await;
    assert!(ended.success, "{}", ended.log);
    assert!(ended.log.contains("stopped"));
}

#[tokio::test]
async fn a_shutdown_ends_at_its_timeout() {
    let harness = Harness::start(&[
        ("WXLOGIN__SERVER__SHUTDOWN_TIMEOUT_SECONDS", "1"),
        ("WXLOGIN__WECHAT__TIMEOUT_MS", "100000"),
    ])
    .await;
    let code = harness.simulator.code("oAlice").await;
    harness
        .simulator
        .set_faults(&json!([{"call": "code2session", "fault": "delay", "delayMs": 100_000}]))
        .await;
    let login =
        harness.client.request(reqwest::Method::POST, "/v1/login").json(&json!({ "code": code }));
    let login = tokio::spawn(login.send());
    while harness.simulator.exchanges(&code).await == 0 {
        tokio::task::yield_now().await;
    }
    let asked = std::time::Instant::now();
    harness.wxlogin.terminate().await;
    let ended = harness.wxlogin.finish().await;
    assert!(asked.elapsed().as_secs() < 20, "WeChat would have answered after 100 seconds");
    assert!(!ended.success, "a request was cut off, so this is a failure");
    assert!(ended.log.contains("shutdown timeout"), "{}", ended.log);
    drop(login);
}

#[tokio::test]
async fn an_incomplete_request_does_not_delay_a_shutdown() {
    let harness = Harness::start(&[("WXLOGIN__SERVER__SHUTDOWN_TIMEOUT_SECONDS", "50")]).await;
    let address = harness.client.base.trim_start_matches("http://").to_owned();
    let mut half = tokio::net::TcpStream::connect(&address).await.unwrap();
    half.write_all(b"GET /v1/me HTTP/1.1\r\nhost: ").await.unwrap();
    let idle = tokio::net::TcpStream::connect(&address).await.unwrap();
    assert_eq!(harness.sign_in("oAlice").await.status, 200);
    harness.wxlogin.terminate().await;
    let asked = std::time::Instant::now();
    let ended = harness.wxlogin.finish().await;
    assert!(ended.success, "{}", ended.log);
    assert!(asked.elapsed().as_secs() < 20, "it waited for an incomplete request");
    drop((half, idle));
}
