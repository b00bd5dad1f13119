//! Codes, calls, people and reset in the control API.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use wechat_sim::{SimConfig, Simulator};

use crate::harness::{APP, OTHER_APP, SECRET, Sim, json_of, text};

#[tokio::test]
async fn a_code_is_plain_text_if_asked_for() {
    let sim = Sim::start_single().await;
    let request = sim.http.post(sim.url("/sim/codes"));
    let response = request.header("accept", "text/plain").send().await.unwrap();
    let code = response.text().await.unwrap();
    assert_eq!(code.len(), 32, "{code}");
    assert!(sim.exchange(&code).await.get("openid").is_some());

    // axios sends this header in every request.
    let request = sim.http.post(sim.url("/sim/codes"));
    let request = request.header("accept", "application/json, text/plain, */*");
    let answer = json_of(request.send().await.unwrap()).await;
    assert_eq!(text(&answer, "code").len(), 32);
}

#[tokio::test]
async fn an_unknown_openid_creates_a_person() {
    let sim = Sim::start_single().await;
    let (code, openid) = sim.code(json!({"openid": "o-bob"})).await;
    assert_eq!(openid, "o-bob");
    assert_eq!(sim.exchange(&code).await["openid"], "o-bob");
    assert_eq!(sim.get("/sim/people").await["people"][0]["openid"], "o-bob");
}

#[tokio::test]
async fn invalid_requests_are_refused_with_a_reason() {
    let sim = Sim::start().await;
    sim.code(json!({"appId": APP, "openid": "o-a", "unionid": "u-a"})).await;
    for (path, body, hint) in [
        ("/sim/codes", "", APP),
        ("/sim/codes", "[", "EOF"),
        ("/sim/codes", r#"{"appId":"wxunknown"}"#, OTHER_APP),
        ("/sim/codes", r#"{"openId":"o"}"#, "unknown field `openId`"),
        ("/sim/codes", r#"{"openid":""}"#, "`openid` must be"),
        ("/sim/codes", r#"{"unionid":"a b"}"#, "`unionid` must be"),
        ("/sim/codes", r#"{"appId":"wxdev0000000000001","openid":"o-b","unionid":"u-a"}"#, "o-a"),
        ("/sim/clock", "", "EOF"),
        ("/sim/clock", r#"{"advanceSeconds":-1}"#, "-1"),
        ("/sim/clock", r#"{"advanceSeconds":18446744073709551615}"#, "100 years"),
    ] {
        let request = sim.http.post(sim.url(path)).body(body);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400, "{path} {body}");
        let error = text(&json_of(response).await, "error");
        assert!(error.contains(hint), "{path} {body}: {error}");
    }
    let long = sim.http.post(sim.url("/sim/codes")).body(" ".repeat(70_000));
    assert_eq!(long.send().await.unwrap().status(), 400);
    for (method, path, status) in [
        (Method::GET, "/sim/codes", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/sim/nothing", StatusCode::NOT_FOUND),
    ] {
        let response = sim.http.request(method, sim.url(path)).send().await.unwrap();
        assert_eq!(response.status(), status);
        text(&json_of(response).await, "error");
    }
}

#[tokio::test]
async fn a_unionid_can_change() {
    let sim = Sim::start_single().await;
    for unionid in ["u-1", "u-2", "u-2"] {
        sim.code(json!({"openid": "o-a", "unionid": unionid})).await;
    }
    let (code, _) = sim.code(json!({"openid": "o-a"})).await;
    assert_eq!(sim.exchange(&code).await["unionid"], "u-2");
    let (_, free) = sim.code(json!({"unionid": "u-1"})).await;
    assert_ne!(free, "o-a");
}

#[tokio::test]
async fn calls_are_logged_in_order_and_without_secrets() {
    let sim = Sim::start().await;
    let code = sim.fresh_code().await;
    sim.exchange(&code).await;
    sim.exchange(&code).await;
    sim.faults(json!([{"call": "code2session", "fault": "errcode", "errcode": -1}, {"call": "code2session", "fault": "badGateway"}])).await;
    sim.exchange("0other").await;
    sim.raw_exchange("0other").await;
    sim.code2session(&[]).send().await.unwrap();

    let log = sim.get("/sim/calls").await;
    let outcomes: Vec<_> = calls(&log).iter().map(|call| call["outcome"].clone()).collect();
    let expected = [
        json!({"errcode": 0}),
        json!({"errcode": 40163}),
        json!({"errcode": -1, "fault": "errcode"}),
        json!({"fault": "badGateway"}),
        json!({"errcode": 41002}),
    ];
    assert_eq!(outcomes, expected);
    let first = &calls(&log)[0];
    assert_eq!(first["call"], "code2session");
    assert_eq!(first["appId"], APP);
    assert_eq!(first["code"], code.as_str());
    assert!(first["at"].as_u64().unwrap() > 1_600_000_000_000);
    assert!(calls(&log)[4].get("code").is_none());
    assert!(!log.to_string().contains(SECRET));

    let filtered = sim.get(&format!("/sim/calls?code={code}")).await;
    assert_eq!(calls(&filtered).len(), 2);
    let last = sim.get("/sim/calls?last=2").await;
    assert_eq!(calls(&last), &calls(&log)[3..]);
    for query in ["last=x", "typo=1"] {
        let url = sim.url(&format!("/sim/calls?{query}"));
        let response = sim.http.get(url).send().await.unwrap();
        assert_eq!(response.status(), 400, "{query}");
        text(&json_of(response).await, "error");
    }
}

fn calls(log: &Value) -> &Vec<Value> {
    log["calls"].as_array().unwrap()
}

#[tokio::test]
async fn reset_forgets_everything() {
    let sim = Sim::start().await;
    let code = sim.fresh_code().await;
    let before = sim.get("/sim/clock").await["now"].as_u64().unwrap();
    sim.exchange("0x").await;
    sim.advance(100_000).await;
    sim.faults(json!([{"call": "code2session", "fault": "empty", "times": null}])).await;

    sim.control(Method::DELETE, "/sim", Value::Null).await;
    assert_eq!(sim.get("/sim/people").await, json!({"people": []}));
    assert_eq!(sim.get("/sim/calls").await, json!({"calls": []}));
    assert_eq!(sim.get("/sim/faults").await, json!([]));
    let after = sim.get("/sim/clock").await["now"].as_u64().unwrap();
    assert!(after - before < 90_000_000);
    assert_eq!(sim.exchange(&code).await["errcode"], 40029);
}

#[tokio::test]
async fn people_are_listed_newest_first() {
    let sim = Sim::start().await;
    sim.code(json!({"appId": APP, "openid": "o-old", "unionid": "u"})).await;
    sim.advance(1).await;
    sim.code(json!({"appId": OTHER_APP, "openid": "o-new"})).await;
    let people = sim.get("/sim/people").await;
    assert_eq!(people["people"][0]["openid"], "o-new");
    assert_eq!(people["people"][0]["appId"], OTHER_APP);
    assert_eq!(people["people"][1]["unionid"], "u");
}

#[tokio::test]
async fn only_loopback_addresses_are_served() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let simulator = Simulator::new(SimConfig::default());
    let error = simulator.serve(listener, std::future::pending()).await;
    assert_eq!(error.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
}

#[tokio::test]
async fn serving_ends_when_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let simulator = Simulator::new(SimConfig::default());
    simulator.serve(listener, std::future::ready(())).await.unwrap();
}
