use std::time::Duration;

use serde_json::json;
use wxlogin_domain::model::Scope;

use super::apps::APP;
use super::call::{Answer, Call};
use super::harness::Harness;

const PHONE: &str = "/v1/me/phone";

impl Harness {
    async fn bind(&self, token: &str, code: &str) -> Answer {
        self.send(Call::post(PHONE).bearer(token).json(&json!({ "code": code }))).await
    }
}

#[tokio::test]
async fn a_bound_phone_number_is_masked_for_others() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let bound = harness.bind(token, "phone-alice-13800138000-1").await;
    let clear = json!({ "countryCode": "86", "number": "13800138000" });
    assert_eq!(bound.good()["phone"], clear);
    let me = harness.send(Call::get("/v1/me").bearer(token)).await;
    assert_eq!(me.good(), bound.good());
    assert_eq!(harness.log_in("code-alice-2").await.good()["user"]["phone"], clear);

    let secret = harness.client("console", &[Scope::Admin], &[]).await;
    let user = format!("/v1/admin/users/{}", login.body["user"]["id"].as_str().unwrap());
    let listed = harness.send(Call::get("/v1/admin/users").basic("console", &secret)).await;
    let shown = harness.send(Call::get(&user).basic("console", &secret)).await;
    let change = Call::post(&user).json(&json!({ "userType": 7, "reason": "vip" }));
    let changed = harness.send(change.basic("console", &secret)).await;
    let masked = json!({ "countryCode": "86", "number": "138****8000" });
    for seen in [&listed.good()["users"][0], shown.good(), changed.good()] {
        assert_eq!(seen["phone"], masked);
    }
}

#[tokio::test]
async fn a_refused_phone_code_is_explained() {
    let harness = Harness::new().await;
    let (alice, bob) = (harness.log_in("code-alice-1").await, harness.log_in("code-bob-1").await);
    let (alice, bob) = (alice.text_at("accessToken"), bob.text_at("accessToken"));
    let stolen = harness.bind(bob, "phone-alice-13800138000-1").await;
    assert_eq!(stolen.problem(), (400, "phone_code_invalid"));
    harness.bind(alice, "phone-alice-13800138000-2").await.good();
    let taken = harness.bind(bob, "phone-bob-13800138000-1").await;
    assert_eq!(taken.problem(), (409, "phone_taken"));
    let empty = harness.bind(bob, "empty").await;
    assert_eq!(empty.problem(), (409, "phone_unavailable"));
    assert!(empty.detail().contains("the same number will fail again"), "{empty:?}");
    assert_eq!(harness.bind(bob, "unavailable").await.problem(), (503, "wechat_unavailable"));
    harness.clock.advance(Duration::from_mins(5));
    let late = harness.bind(alice, "phone-alice-13800138001-3").await;
    assert_eq!(late.problem(), (403, "reauthentication_required"));
}

#[tokio::test]
async fn a_login_succeeds_even_if_its_phone_code_fails() {
    let harness = Harness::new().await;
    let log_in = |person: &str, phone: &str| {
        let body = json!({ "appId": APP, "code": format!("code-{person}-1"), "phoneCode": phone });
        async { harness.send(Call::post("/v1/login").json(&{ body })).await }
    };
    let alice = log_in("alice", "phone-alice-13800138000-1").await;
    assert_eq!(alice.good()["user"]["phone"]["number"], "13800138000");
    assert_eq!(alice.body.get("phoneProblem"), None);
    for (person, phone, problem) in [
        ("bob", "phone-bob-13800138000-1", "phone_taken"),
        ("carol", "phone-bob-13800138001-1", "phone_code_invalid"),
        ("dave", "unavailable", "wechat_unavailable"),
        ("eve", "no code", "phone_code_invalid"),
    ] {
        let login = log_in(person, phone).await;
        assert_eq!(login.good()["phoneProblem"], problem);
        assert_eq!(login.body["user"].get("phone"), None);
        harness.send(Call::get("/v1/me").bearer(login.text_at("accessToken"))).await.good();
    }
}

#[tokio::test]
async fn an_operator_releases_a_phone_number() {
    let harness = Harness::new().await;
    let alice = harness.log_in("code-alice-1").await;
    let token = alice.text_at("accessToken");
    harness.bind(token, "phone-alice-13800138000-1").await.good();
    let user = alice.body["user"]["id"].as_str().unwrap();
    let secret = harness.client("console", &[Scope::Admin], &[]).await;
    let release = |query: &str| {
        let call = Call::delete(&format!("/v1/admin/users/{user}/phone{query}"));
        harness.send(call.basic("console", &secret))
    };
    assert_eq!(release("").await.problem(), (400, "invalid_request"));
    assert_eq!(release("?reason=recycled").await.status, 204);
    assert_eq!(release("?reason=recycled").await.problem(), (404, "not_found"));
    let me = harness.send(Call::get("/v1/me").bearer(token)).await;
    assert_eq!(me.good().get("phone"), None);
    let bob = harness.log_in("code-bob-1").await;
    harness.bind(bob.text_at("accessToken"), "phone-bob-13800138000-1").await.good();
    let audit = Call::get(&format!("/v1/admin/audit?userId={user}"));
    let audit = harness.send(audit.basic("console", &secret)).await;
    let event = &audit.good()["events"][0];
    assert_eq!(
        (&event["action"], &event["reason"]),
        (&json!("phone_released"), &json!("recycled"))
    );
}
