//! `PUT /sim/people/{openid}`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{APP, OTHER_APP, Sim, json_of, text};

async fn change(sim: &Sim, openid: &str, mut wanted: Value) -> Value {
    wanted["appId"] = APP.into();
    sim.control(Method::PUT, &format!("/sim/people/{openid}"), wanted).await
}

/// The unionid in the response to the person's next login.
async fn unionid(sim: &Sim, openid: &str) -> Option<Value> {
    let (code, _) = sim.code(json!({"appId": APP, "openid": openid})).await;
    sim.exchange(&code).await.get("unionid").cloned()
}

#[tokio::test]
async fn a_unionid_can_be_added_changed_and_removed() {
    let sim = Sim::start().await;
    let (openid, _) = sim.person().await;
    assert_eq!(unionid(&sim, &openid).await, None);
    for wanted in ["u-1", "u-2", "u-2"] {
        let person = change(&sim, &openid, json!({"unionid": wanted})).await;
        assert_eq!(person["unionid"], wanted);
        assert_eq!(unionid(&sim, &openid).await, Some(wanted.into()));
    }
    change(&sim, &openid, json!({})).await;
    assert_eq!(unionid(&sim, &openid).await, Some("u-2".into()));
    let person = change(&sim, &openid, json!({"unionid": null})).await;
    assert!(person.get("unionid").is_none());
    assert_eq!(unionid(&sim, &openid).await, None);

    for unused in ["u-1", "u-2"] {
        let (_, other) = sim.code(json!({"appId": APP, "unionid": unused})).await;
        assert_ne!(other, openid);
    }
}

#[tokio::test]
async fn a_phone_number_can_be_changed() {
    let sim = Sim::start().await;
    let (openid, _) = sim.person().await;
    let person = change(&sim, &openid, json!({"unionid": "u"})).await;
    assert!(person.get("phoneNumber").is_none());
    let person = change(&sim, &openid, json!({"phoneNumber": "13800000000"})).await;
    assert_eq!(person["phoneNumber"], "13800000000");
    assert_eq!(person["countryCode"], "86");
    let person = change(&sim, &openid, json!({"countryCode": 852})).await;
    assert_eq!(person["phoneNumber"], "13800000000");
    assert_eq!(person["countryCode"], "852");
    assert_eq!(person["unionid"], "u");
    assert_eq!(sim.get("/sim/people").await["people"][0], person);
}

#[tokio::test]
async fn invalid_requests_are_refused_with_a_reason_and_without_effect() {
    let sim = Sim::start().await;
    let (openid, _) = sim.person().await;
    sim.code(json!({"appId": APP, "openid": "o-owner", "unionid": "u-taken"})).await;
    for (openid, wanted, hint) in [
        ("o-nobody", json!({"appId": APP}), "Nobody has this openid"),
        (&openid, json!({"appId": OTHER_APP}), "Nobody has this openid"),
        (&openid, json!({}), "`appId` is missing"),
        (&openid, json!({"appId": APP, "unionid": "a b"}), "`unionid` must be"),
        (&openid, json!({"appId": APP, "unionid": "u-taken", "countryCode": 1}), "o-owner"),
        (&openid, json!({"appId": APP, "unionid": "u", "phoneNumber": "x"}), "`phoneNumber`"),
        (&openid, json!({"appId": APP, "unionId": "u"}), "unknown field `unionId`"),
    ] {
        let url = sim.url(&format!("/sim/people/{openid}"));
        let response = sim.http.put(url).body(wanted.to_string()).send().await.unwrap();
        assert_eq!(response.status(), 400, "{wanted}");
        let error = text(&json_of(response).await, "error");
        assert!(error.contains(hint), "{wanted}: {error}");
    }
    let person = change(&sim, &openid, json!({})).await;
    assert!(person.get("unionid").is_none() && person.get("countryCode").is_none(), "{person}");
}
