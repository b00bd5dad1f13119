//! A page sends what WeChat encrypted and signed for it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, House};

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
