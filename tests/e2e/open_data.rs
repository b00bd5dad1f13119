//! A page sends what WeChat encrypted and signed for it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{APP_ID, Answer, House};

impl House {
    async fn page_asks(&self, token: &str, path: &str, body: &Value) -> Answer {
        let request = self.client.request(Method::POST, path).bearer_auth(token);
        self.client.send(request.json(body)).await
    }

    async fn decrypt(&self, token: &str, made: &Value) -> Answer {
        let body = json!({ "encryptedData": made["encryptedData"], "iv": made["iv"] });
        self.page_asks(token, "/v1/me/open-data/decrypt", &body).await
    }
}

#[tokio::test]
async fn an_operator_ends_a_session_key_that_has_leaked() {
    let house = House::start(&[]).await;
    let alice = house.sign_in("oAlice").await;
    let leaked = house.simulator.session_keys().await;
    let data = json!({ "openid": "oAlice", "data": { "nickName": "Alice" } });
    let before = house.simulator.open_data(&data).await;
    let key = house.api_key("support", &["admin"]).await;
    let path = format!("/v1/admin/users/{}/session-key/reset", alice.user_id());
    let reset = async || house.page_asks(&key, &path, &json!({ "appId": APP_ID })).await;
    assert_eq!(reset().await.status, 204);
    assert_ne!(house.simulator.session_keys().await, leaked);
    let after = house.simulator.open_data(&data).await;
    assert_eq!(house.decrypt(alice.token(), &after).await.status, 200, "nobody signs in again");
    assert_eq!(house.decrypt(alice.token(), &before).await.problem(), "session_key_stale");
    assert_eq!(reset().await.status, 204, "it can be done again");
    let other = house.page_asks(&key, &path, &json!({ "appId": "wx00000000000000ff" })).await;
    assert_eq!(other.problem(), "not_found");
}

#[tokio::test]
async fn open_data_open_at_once_and_under_the_key_before() {
    let house = House::start(&[]).await;
    let alice = house.sign_in("oAlice").await;
    let data = json!({ "openid": "oAlice", "data": { "nickName": "爱丽丝" } });
    let made = house.simulator.open_data(&data).await;
    for again in 0..2 {
        let opened = house.decrypt(alice.token(), &made).await;
        assert_eq!(opened.status, 200, "{again}: {opened:?}");
        let text = opened.body["data"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap()["nickName"], "爱丽丝");
    }
    let signed = json!({ "rawData": made["rawData"], "signature": made["signature"] });
    let bent = json!({ "rawData": "{}", "signature": made["signature"] });
    for (body, valid) in [(&signed, true), (&bent, false)] {
        let answer = house.page_asks(alice.token(), "/v1/me/open-data/verify", body).await;
        assert_eq!(answer.body, json!({ "valid": valid }), "{answer:?}");
    }
    let bob = house.sign_in("oBob").await;
    assert_eq!(house.decrypt(bob.token(), &made).await.problem(), "session_key_stale");

    let check = house.page_asks(alice.token(), "/v1/me/session-key/check", &json!({})).await;
    assert_eq!(check.body, json!({ "valid": true }), "{check:?}");
    let keys = house.simulator.session_keys().await;
    // WeChat keeps a key for a while when logins follow each other quickly.
    house.simulator.advance(31).await;
    house.sign_in("oAlice").await;
    assert_ne!(house.simulator.session_keys().await, keys, "the second login has another key");
    assert_eq!(house.decrypt(alice.token(), &made).await.status, 200);
    house.simulator.advance(31).await;
    house.sign_in("oAlice").await;
    let stale = house.decrypt(alice.token(), &made).await;
    assert_eq!((stale.status, stale.problem()), (409, "session_key_stale"));
    let odd = json!({ "encryptedData": made["encryptedData"], "iv": "AAAA" });
    assert_eq!(house.decrypt(alice.token(), &odd).await.problem(), "open_data_invalid");
}
