//! A stop loses nobody's login.

use serde_json::json;

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
    house.wxlogin.terminate().await;
    let ended = house.wxlogin.finish().await;
    assert!(!ended.success, "an operator should know that something was cut off");
    assert!(ended.log.contains("shutdown timeout"), "{}", ended.log);
    drop(login);
}
