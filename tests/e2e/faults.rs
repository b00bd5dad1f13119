//! Whatever WeChat does, the client learns what to do, in time, and no code is sent twice.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::House;
use crate::support::faults::{ERRCODES, errcode, no_answers};

/// How long a call of WeChat may take in these cases, and what a slow test machine adds to it.
const TIMEOUT_MS: &str = "1500";
const IN_TIME: Duration = Duration::from_secs(15);

async fn fails(house: &House, fault: Value, status: u16, problem: &str) {
    let mut fault = fault;
    fault["call"] = json!("code2session");
    let code = house.simulator.code("oAlice").await;
    house.simulator.faults(&json!([fault])).await;
    let asked = Instant::now();
    let answer = house.client.login(&code).await;
    assert_eq!((answer.status, answer.problem()), (status, problem), "{fault}");
    assert!(asked.elapsed() < IN_TIME, "{fault}");
    if matches!(status, 429 | 503) {
        assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1, "{fault}");
    }
    // A client that repeats itself all the same costs WeChat nothing.
    assert_eq!(house.client.login(&code).await.problem(), "login_code_used", "{fault}");
    assert!(house.simulator.exchanges(&code).await <= 1, "{fault}");
    house.simulator.faults(&json!([])).await;
    assert_eq!(house.sign_in("oAlice").await.status, 200, "a new code works after {fault}");
}

#[tokio::test]
async fn every_errcode_has_its_problem() {
    let house = House::start(&[("WXLOGIN__WECHAT__TIMEOUT_MS", TIMEOUT_MS)]).await;
    for (number, status, problem) in ERRCODES {
        fails(&house, errcode(number), status, problem).await;
    }
    let as_text = json!({"fault": "errcode", "errcode": 40029, "asString": true});
    fails(&house, as_text, 400, "login_code_invalid").await;
}

#[tokio::test]
async fn an_answer_that_is_none_is_unavailable() {
    let house = House::start(&[("WXLOGIN__WECHAT__TIMEOUT_MS", TIMEOUT_MS)]).await;
    for fault in no_answers() {
        fails(&house, fault, 503, "wechat_unavailable").await;
    }
}

#[tokio::test]
async fn an_unusual_success_is_a_success() {
    let house = House::start(&[]).await;
    for fault in ["zeroErrcode", "extraFields"] {
        house.simulator.faults(&json!([{"call": "code2session", "fault": fault}])).await;
        assert_eq!(house.sign_in("oAlice").await.status, 200, "{fault}");
    }
}

#[tokio::test]
async fn codes_expire_work_once_and_belong_to_one_app() {
    let house = House::start(&[]).await;
    let old = house.simulator.code("oAlice").await;
    house.simulator.advance(301).await;
    assert_eq!(house.client.login(&old).await.problem(), "login_code_invalid");
    let unknown = house.client.login("0123456789abcdef0123456789abcdef").await;
    assert_eq!(unknown.problem(), "login_code_invalid");
    let other_app = json!({ "appId": "wxother00000000001", "code": "x" });
    assert_eq!(house.client.post("/v1/login", &other_app).await.problem(), "invalid_request");
}

#[tokio::test]
async fn a_wrong_secret_is_the_operators_to_mend() {
    let house =
        House::start(&[("WXLOGIN__APPS__WX0123456789ABCDEF__SECRET", "not-the-secret")]).await;
    assert_eq!(house.sign_in("oAlice").await.problem(), "wechat_misconfigured");
    let log = house.wxlogin.log();
    assert!(log.contains("AppSecret") && log.contains("40125") && log.contains("rid"), "{log}");
}

#[tokio::test]
async fn a_wechat_that_is_not_there_is_unavailable() {
    // Nothing listens on the discard port.
    let nowhere = ("WXLOGIN__WECHAT__BASE_URL", "http://127.0.0.1:9");
    let house = House::start(&[nowhere]).await;
    assert_eq!(house.sign_in("oAlice").await.problem(), "wechat_unavailable");
}
