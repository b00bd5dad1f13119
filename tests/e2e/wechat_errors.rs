//! Every failure of WeChat becomes the right problem, in time, and no code is sent twice.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Harness;
use crate::support::faults::{ERRCODES, errcode, unusable_answers};

/// How long a call of WeChat may take in these tests, and how long a request may take on a slow
/// machine.
const TIMEOUT_MS: &str = "1500";
const IN_TIME: Duration = Duration::from_secs(15);

async fn check_failure(harness: &Harness, fault: Value, status: u16, problem: &str) {
    let mut fault = fault;
    fault["call"] = json!("code2session");
    let code = harness.simulator.code("oAlice").await;
    harness.simulator.set_faults(&json!([fault])).await;
    let asked = Instant::now();
    let answer = harness.client.login(&code).await;
    assert_eq!((answer.status, answer.problem()), (status, problem), "{fault}");
    assert!(asked.elapsed() < IN_TIME, "{fault}");
    if matches!(status, 429 | 503) {
        assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1, "{fault}");
    }
    // Repeating the request does not call WeChat again.
    assert_eq!(harness.client.login(&code).await.problem(), "login_code_used", "{fault}");
    assert!(harness.simulator.exchanges(&code).await <= 1, "{fault}");
    harness.simulator.set_faults(&json!([])).await;
    assert_eq!(harness.sign_in("oAlice").await.status, 200, "a new code works after {fault}");
}

#[tokio::test]
async fn every_errcode_has_its_problem() {
    let harness = Harness::start(&[("WXLOGIN__WECHAT__TIMEOUT_MS", TIMEOUT_MS)]).await;
    for (number, status, problem) in ERRCODES {
        check_failure(&harness, errcode(number), status, problem).await;
    }
    let as_text = json!({"fault": "errcode", "errcode": 40029, "asString": true});
    check_failure(&harness, as_text, 400, "login_code_invalid").await;
}

#[tokio::test]
async fn an_unusable_answer_means_that_wechat_is_unavailable() {
    let harness = Harness::start(&[("WXLOGIN__WECHAT__TIMEOUT_MS", TIMEOUT_MS)]).await;
    for fault in unusable_answers() {
        check_failure(&harness, fault, 503, "wechat_unavailable").await;
    }
}

#[tokio::test]
async fn an_unusual_success_is_a_success() {
    let harness = Harness::start(&[]).await;
    for fault in ["zeroErrcode", "extraFields", "escapedSlashes"] {
        harness.simulator.set_faults(&json!([{"call": "code2session", "fault": fault}])).await;
        assert_eq!(harness.sign_in("oAlice").await.status, 200, "{fault}");
    }
}

#[tokio::test]
async fn codes_expire_work_once_and_belong_to_one_app() {
    let harness = Harness::start(&[]).await;
    let old = harness.simulator.code("oAlice").await;
    harness.simulator.advance(301).await;
    assert_eq!(harness.client.login(&old).await.problem(), "login_code_invalid");
    let unknown = harness.client.login("0123456789abcdef0123456789abcdef").await;
    assert_eq!(unknown.problem(), "login_code_invalid");
    let other_app = json!({ "appId": "wxother00000000001", "code": "x" });
    assert_eq!(harness.client.post("/v1/login", &other_app).await.problem(), "invalid_request");
}

#[tokio::test]
async fn a_wrong_secret_is_logged_for_the_operator() {
    let harness =
        Harness::start(&[("WXLOGIN__APPS__WX0123456789ABCDEF__SECRET", "not-the-secret")]).await;
    assert_eq!(harness.sign_in("oAlice").await.problem(), "wechat_misconfigured");
    let log = harness.wxlogin.log();
    assert!(log.contains("AppSecret") && log.contains("40125") && log.contains("rid"), "{log}");
}

#[tokio::test]
async fn a_wrong_address_of_wechat_is_logged_for_the_operator() {
    let mut harness = Harness::start(&[]).await;
    let wrong = format!("{}/nowhere", harness.simulator.base);
    harness.restart_with(&[("WXLOGIN__WECHAT__BASE_URL", wrong.as_str())]).await;
    assert_eq!(harness.sign_in("oAlice").await.problem(), "wechat_misconfigured");
    let log = harness.wxlogin.log();
    let line = log.lines().find(|line| line.contains("40066")).expect("the fault is logged");
    assert!(line.contains("ERROR") && line.contains("wechat.base_url"), "{line}");
}

#[tokio::test]
async fn an_unreachable_wechat_is_unavailable() {
    // Nothing listens on the discard port.
    let nowhere = ("WXLOGIN__WECHAT__BASE_URL", "http://127.0.0.1:9");
    let harness = Harness::start(&[nowhere]).await;
    assert_eq!(harness.sign_in("oAlice").await.problem(), "wechat_unavailable");
}
