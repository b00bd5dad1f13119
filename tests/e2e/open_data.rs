//! Open data: what WeChat encrypts and signs for a page.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{APP_ID, Answer, Harness};

impl Harness {
    async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        let request = self.client.request(Method::POST, path).bearer_auth(token);
        self.client.send(request.json(body)).await
    }

    async fn decrypt(&self, token: &str, data: &Value) -> Answer {
        let body = json!({ "encryptedData": data["encryptedData"], "iv": data["iv"] });
        self.post(token, "/v1/me/open-data/decrypt", &body).await
    }
}

#[tokio::test]
async fn an_operator_resets_a_leaked_session_key() {
    let harness = Harness::start(&[]).await;
    let alice = harness.sign_in("oAlice").await;
    let leaked = harness.simulator.session_keys().await;
    let data = json!({ "openid": "oAlice", "data": { "nickName": "Alice" } });
    let before = harness.simulator.open_data(&data).await;
    let key = harness.api_key("support", &["admin"]).await;
    let path = format!("/v1/admin/users/{}/session-key/reset", alice.user_id());
    let reset = async || harness.post(&key, &path, &json!({ "appId": APP_ID })).await;
    assert_eq!(reset().await.status, 204);
    assert_ne!(harness.simulator.session_keys().await, leaked);
    let after = harness.simulator.open_data(&data).await;
    assert_eq!(harness.decrypt(alice.token(), &after).await.status, 200, "no new login is needed");
    assert_eq!(harness.decrypt(alice.token(), &before).await.problem(), "session_key_stale");
    assert_eq!(reset().await.status, 204, "a second reset works");
    let other = harness.post(&key, &path, &json!({ "appId": "wx00000000000000ff" })).await;
    assert_eq!(other.problem(), "not_found");
}

#[tokio::test]
async fn open_data_is_decrypted_with_the_current_and_the_previous_session_key() {
    let harness = Harness::start(&[]).await;
    let alice = harness.sign_in("oAlice").await;
    let data = json!({ "openid": "oAlice", "data": { "nickName": "爱丽丝" } });
    let made = harness.simulator.open_data(&data).await;
    for again in 0..2 {
        let opened = harness.decrypt(alice.token(), &made).await;
        assert_eq!(opened.status, 200, "{again}: {opened:?}");
        let text = opened.body["data"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap()["nickName"], "爱丽丝");
    }
    let signed = json!({ "rawData": made["rawData"], "signature": made["signature"] });
    let tampered = json!({ "rawData": "{}", "signature": made["signature"] });
    let verify = async |body| harness.post(alice.token(), "/v1/me/open-data/verify", body).await;
    assert_eq!(verify(&signed).await.status, 204);
    assert_eq!(verify(&tampered).await.problem(), "session_key_stale");
    let bob = harness.sign_in("oBob").await;
    assert_eq!(harness.decrypt(bob.token(), &made).await.problem(), "session_key_stale");

    let check = harness.post(alice.token(), "/v1/me/session-key/check", &json!({})).await;
    assert_eq!(check.body, json!({ "valid": true }), "{check:?}");
    let keys = harness.simulator.session_keys().await;
    // WeChat keeps a session key for a while when logins follow each other quickly.
    harness.simulator.advance(31).await;
    harness.sign_in("oAlice").await;
    assert_ne!(harness.simulator.session_keys().await, keys, "the second login has another key");
    assert_eq!(harness.decrypt(alice.token(), &made).await.status, 200);
    harness.simulator.advance(31).await;
    harness.sign_in("oAlice").await;
    let stale = harness.decrypt(alice.token(), &made).await;
    assert_eq!((stale.status, stale.problem()), (409, "session_key_stale"));
    let invalid = json!({ "encryptedData": made["encryptedData"], "iv": "AAAA" });
    assert_eq!(harness.decrypt(alice.token(), &invalid).await.problem(), "open_data_invalid");
}
