//! A stop loses nobody's login.

use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::support::House;

#[tokio::test]
async fn a_login_that_has_begun_is_answered() {
    let house = House::start(&[]).await;
    let code = house.simulator.code("oAlice").await;
    house
        .simulator
        .faults(&json!([{"call": "code2session", "fault": "delay", "delayMs": 1500}]))
        .await;
    let client = house.client.clone();
    let asked = code.clone();
    let login = tokio::spawn(async move { client.login(&asked).await });
    while house.simulator.exchanges(&code).await == 0 {
        tokio::task::yield_now().await;
    }
    house.wxlogin.terminate().await;
    assert_eq!(login.await.unwrap().status, 200);
    let ended = house.wxlogin.finish().await;
    assert!(ended.success, "{}", ended.log);
    assert!(ended.log.contains("stopped"));
}

#[tokio::test]
async fn a_stop_ends_at_its_deadline() {
    let house = House::start(&[
        ("WXLOGIN__SERVER__SHUTDOWN_TIMEOUT_SECONDS", "1"),
        ("WXLOGIN__WECHAT__TIMEOUT_MS", "100000"),
    ])
    .await;
    let code = house.simulator.code("oAlice").await;
    house
        .simulator
        .faults(&json!([{"call": "code2session", "fault": "delay", "delayMs": 100_000}]))
        .await;
    let login =
        house.client.request(reqwest::Method::POST, "/v1/login").json(&json!({ "code": code }));
    let login = tokio::spawn(login.send());
    while house.simulator.exchanges(&code).await == 0 {
        tokio::task::yield_now().await;
    }
    let asked = std::time::Instant::now();
    house.wxlogin.terminate().await;
    let ended = house.wxlogin.finish().await;
    assert!(asked.elapsed().as_secs() < 20, "WeChat would have answered after 100 seconds");
    assert!(!ended.success, "an operator should know that something was cut off");
    assert!(ended.log.contains("shutdown timeout"), "{}", ended.log);
    drop(login);
}

#[tokio::test]
async fn half_a_request_does_not_hold_up_a_stop() {
    let house = House::start(&[("WXLOGIN__SERVER__SHUTDOWN_TIMEOUT_SECONDS", "50")]).await;
    let address = house.client.base.trim_start_matches("http://").to_owned();
    let mut half = tokio::net::TcpStream::connect(&address).await.unwrap();
    half.write_all(b"GET /v1/me HTTP/1.1\r\nhost: ").await.unwrap();
    let idle = tokio::net::TcpStream::connect(&address).await.unwrap();
    assert_eq!(house.sign_in("oAlice").await.status, 200);
    house.wxlogin.terminate().await;
    let asked = std::time::Instant::now();
    let ended = house.wxlogin.finish().await;
    assert!(ended.success, "{}", ended.log);
    assert!(asked.elapsed().as_secs() < 20, "it waited for a request that never comes");
    drop((half, idle));
}
