//! Back ends check tokens: introspection and keys.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Answer, Harness};

const KEYS: &str = "/.well-known/jwks.json";

impl Harness {
    async fn post_token(&self, path: &str, key: &str, token: &str) -> Answer {
        let request = self.client.request(Method::POST, path).bearer_auth(key);
        self.client.send(form(request, token)).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.client.send(self.client.request(Method::GET, path)).await
    }
}

fn form(request: RequestBuilder, token: &str) -> RequestBuilder {
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body(format!("token={token}"))
}

fn kids(keys: &Answer) -> Vec<&str> {
    assert_eq!(keys.status, 200, "{keys:?}");
    let keys = keys.body["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_back_end_asks_and_revokes() {
    let harness = Harness::start(&[]).await;
    let key = harness.api_key("billing", &["introspect", "openid"]).await;
    let login = harness.sign_in("oAlice").await;
    let active = harness.post_token("/v1/introspect", &key, login.token()).await;
    assert_eq!(active.body["active"], true);
    assert_eq!(active.body["sub"], login.user_id());
    assert_eq!(active.body["iss"], "https://login.example.com");
    assert_eq!(active.body["openid"], "oAlice");
    let revoked = harness.post_token("/v1/revoke", &key, login.token()).await;
    assert_eq!((revoked.status, revoked.text.as_str()), (200, ""));
    let inactive = harness.post_token("/v1/introspect", &key, login.token()).await;
    assert_eq!(inactive.body, json!({ "active": false }));
    let (id, secret) = key.split_once('.').unwrap();
    let basic = harness.client.request(Method::POST, "/v1/introspect").basic_auth(id, Some(secret));
    assert_eq!(harness.client.send(form(basic, "x")).await.status, 200);
    let stranger = harness.post_token("/v1/introspect", "billing.guess", login.token()).await;
    assert_eq!((stranger.status, stranger.problem()), (401, "client_invalid"));
    assert_eq!(stranger.body["error"], "invalid_client");
}

#[tokio::test]
async fn the_issuer_leads_to_the_keys() {
    let harness = Harness::start(&[]).await;
    let metadata = harness.get("/.well-known/openid-configuration").await;
    assert_eq!(metadata.body["issuer"], "https://login.example.com");
    assert_eq!(metadata.body["jwks_uri"], format!("https://login.example.com{KEYS}"));
    let keys = harness.get(KEYS).await;
    let kid = kids(&keys)[0];
    assert_eq!(keys.body["keys"][0]["alg"], "ES256");
    let token = harness.sign_in("oAlice").await.token().to_owned();
    let header = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&header).unwrap()["kid"], kid);
    let again =
        harness.client.request(Method::GET, KEYS).header("if-none-match", keys.header("etag"));
    assert_eq!(harness.client.send(again).await.status, 304);

    harness.run_command(&["keys", "rotate"]).await;
    let rotated = Instant::now();
    while kids(&harness.get(KEYS).await).len() < 2 {
        assert!(rotated.elapsed() < Duration::from_mins(1), "the next key is not published");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(harness.client.me(&token).await.status, 200);

    // When the key is revoked, the next key replaces it at once.
    harness.run_command(&["keys", "revoke", kid]).await;
    let revoked = Instant::now();
    while harness.client.me(&token).await.status == 200 {
        assert!(revoked.elapsed() < Duration::from_mins(1), "its tokens are still valid");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!kids(&harness.get(KEYS).await).contains(&kid));
    let next = harness.sign_in("oAlice").await;
    assert_eq!(harness.client.me(next.token()).await.status, 200);
}
