//! `PUT /sim/faults`: what the client sees of each fault, and whether the code is spent.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{APP, SECRET, Sim, json_of, text};

/// Scripts one fault for the next call.
async fn next(sim: &Sim, mut fault: Value) {
    fault["call"] = "code2session".into();
    sim.faults(json!([fault])).await;
}

/// Asserts whether the code is spent, with a call without a fault.
async fn assert_spent(sim: &Sim, code: &str, spent: bool) {
    let answer = sim.exchange(code).await;
    let errcode = answer.get("errcode").and_then(Value::as_i64);
    assert_eq!(errcode, spent.then_some(40163), "{answer}");
}

#[tokio::test]
async fn a_scripted_error_does_not_spend_the_code() {
    let sim = Sim::start().await;
    let code = sim.fresh_code().await;
    for errcode in [-1, 45011, 40226, 40164, 12345] {
        next(&sim, json!({"fault": "errcode", "errcode": errcode})).await;
        let response = sim.raw_exchange(&code).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/plain");
        let answer = json_of(response).await;
        assert_eq!(answer["errcode"], errcode);
        assert!(text(&answer, "errmsg").contains(", rid: "));
    }
    assert_spent(&sim, &code, false).await;
}

#[tokio::test]
async fn a_scripted_errcode_can_be_a_string_with_its_own_errmsg() {
    let sim = Sim::start().await;
    let fault = json!({"fault": "errcode", "errcode": 40029, "asString": true, "errmsg": "nope"});
    next(&sim, fault).await;
    let answer = sim.exchange("0anything").await;
    assert_eq!(answer["errcode"], "40029");
    assert!(text(&answer, "errmsg").starts_with("nope, rid: "));
}

#[tokio::test]
async fn a_delay_comes_after_the_code_is_spent() {
    let sim = Sim::start().await;
    let code = sim.fresh_code().await;
    next(&sim, json!({"fault": "delay", "delayMs": 300})).await;
    let begun = Instant::now();
    let (slow, other) = tokio::join!(sim.exchange(&code), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        sim.exchange(&code).await
    });
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert!(slow.get("openid").is_some());
    assert_eq!(other["errcode"], 40163);
}

#[tokio::test]
async fn a_code_is_spent_even_if_the_client_disconnects() {
    let sim = Sim::start().await;
    let code = sim.fresh_code().await;
    next(&sim, json!({"fault": "delay", "delayMs": 60000})).await;
    let request = sim.exchange_request(APP, SECRET, &code);
    let error = request.timeout(Duration::from_millis(200)).send().await;
    assert!(error.unwrap_err().is_timeout());
    assert_spent(&sim, &code, true).await;
}

#[tokio::test]
async fn a_dropped_connection_is_an_error_to_the_client() {
    let sim = Sim::start().await;
    for (fault, spent) in [("dropBefore", false), ("dropAfter", true)] {
        let code = sim.fresh_code().await;
        next(&sim, json!({"fault": fault})).await;
        let request = sim.exchange_request(APP, SECRET, &code);
        let error = request.send().await.expect_err(fault);
        assert!(!error.is_timeout(), "{error:?}");
        assert_spent(&sim, &code, spent).await;
    }
}

#[tokio::test]
async fn a_dropped_connection_sends_no_byte() {
    let sim = Sim::start().await;
    next(&sim, json!({"fault": "dropAfter"})).await;
    let mut stream = TcpStream::connect(sim.address).await.unwrap();
    let request = format!("GET /sns/jscode2session HTTP/1.1\r\nHost: {}\r\n\r\n", sim.address);
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut received = Vec::new();
    let ended = stream.read_to_end(&mut received);
    let ended = tokio::time::timeout(Duration::from_secs(5), ended).await;
    ended.expect("the server closes").unwrap_or_default();
    assert_eq!(String::from_utf8_lossy(&received), "");
}

#[tokio::test]
async fn faults_with_a_body_that_is_not_json() {
    let sim = Sim::start().await;
    for (fault, status, html, spent) in [
        ("html", 200, true, false),
        ("badGateway", 502, true, false),
        ("empty", 200, false, true),
        ("truncated", 200, false, true),
    ] {
        let code = sim.fresh_code().await;
        next(&sim, json!({"fault": fault})).await;
        let response = sim.raw_exchange(&code).await;
        assert_eq!(response.status(), status, "{fault}");
        let body = response.text().await.unwrap();
        assert_eq!(body.starts_with("<html>"), html, "{fault}");
        assert_eq!(body.is_empty(), fault == "empty");
        assert!(serde_json::from_str::<Value>(&body).is_err(), "{fault}");
        assert_spent(&sim, &code, spent).await;
    }
}

#[tokio::test]
async fn faults_that_change_a_success() {
    let sim = Sim::start().await;
    let changed = async |fault: &str| {
        let code = sim.fresh_code().await;
        next(&sim, json!({"fault": fault})).await;
        let answer = sim.exchange(&code).await;
        assert_spent(&sim, &code, true).await;
        answer
    };
    assert!(changed("noSessionKey").await.get("session_key").is_none());
    assert!(changed("noOpenid").await.get("openid").is_none());
    let fault = json!({"fault": "noField", "field": "session_key"});
    next(&sim, fault).await;
    let answer = sim.exchange(&sim.fresh_code().await).await;
    assert!(answer.get("session_key").is_none() && answer.get("openid").is_some());
    assert_eq!(changed("zeroErrcode").await["errcode"], 0);
    assert_eq!(changed("extraFields").await["expires_in"], 7200);
    let key = text(&changed("shortSessionKey").await, "session_key");
    assert_eq!(BASE64_STANDARD.decode(key).unwrap().len(), 8);
    let huge = changed("huge").await;
    assert!(text(&huge, "padding").len() > 4_000_000);
    assert!(huge.get("session_key").is_some());
}

#[tokio::test]
async fn faults_are_met_in_order_and_counted() {
    let sim = Sim::start().await;
    let errcode = |errcode: i32, times: Value| json!({"call": "code2session", "fault": "errcode", "errcode": errcode, "times": times});
    sim.faults(json!([errcode(-1, 2.into()), errcode(45011, 1.into())])).await;
    assert_eq!(sim.get("/sim/faults").await[0]["times"], 2);
    let mut met = Vec::new();
    for _ in 0..4 {
        met.push(sim.exchange("0x").await["errcode"].clone());
    }
    assert_eq!(met, [-1, -1, 45011, 40029]);

    for always in [Value::Null, "always".into()] {
        sim.faults(json!([errcode(45011, always)])).await;
        for _ in 0..3 {
            assert_eq!(sim.exchange("0x").await["errcode"], 45011);
        }
        assert_eq!(sim.get("/sim/faults").await[0]["times"], "always");
        sim.faults(json!([])).await;
        assert_eq!(sim.exchange("0x").await["errcode"], 40029);
    }
}

#[tokio::test]
async fn an_invalid_script_is_refused_without_effect() {
    let sim = Sim::start().await;
    sim.faults(json!([{"call": "code2session", "fault": "empty"}])).await;
    let fault = |rest: Value| {
        let mut fault = json!({"call": "code2session"});
        let fields = rest.as_object().unwrap().clone();
        fault.as_object_mut().unwrap().extend(fields);
        json!([fault]).to_string()
    };
    for (script, hint) in [
        ("[".to_owned(), "EOF"),
        ("{}".to_owned(), "invalid type"),
        (json!([{"call": "nothing", "fault": "empty"}]).to_string(), "code2session"),
        (json!([{"fault": "empty"}]).to_string(), "missing field `call`"),
        (fault(json!({"fault": "nothing"})), "dropBefore"),
        (fault(json!({"fault": "errcode"})), "requires a number `errcode`"),
        (fault(json!({"fault": "empty", "errcode": 1})), "for the fault `errcode` only"),
        (fault(json!({"fault": "delay"})), "delayMs"),
        (fault(json!({"fault": "delay", "delayMs": 600_001})), "ten minutes"),
        (fault(json!({"fault": "empty", "times": 0})), "whole number of at least 1"),
        (fault(json!({"fault": "empty", "times": "often"})), "whole number of at least 1"),
        (fault(json!({"fault": "noField"})), "requires a `field`"),
        (fault(json!({"fault": "empty", "field": "openid"})), "for the fault `noField` only"),
        (json!([{"call": "token", "fault": "noSessionKey"}]).to_string(), "no session key"),
        (fault(json!({"fault": "empty", "typo": 1})), "unknown field `typo`"),
    ] {
        let request = sim.http.request(Method::PUT, sim.url("/sim/faults"));
        let response = request.body(script.clone()).send().await.unwrap();
        assert_eq!(response.status(), 400, "{script}");
        let error = text(&json_of(response).await, "error");
        assert!(error.contains(hint), "{script}: {error}");
    }
    assert_eq!(sim.get("/sim/faults").await[0]["fault"], "empty");
}
