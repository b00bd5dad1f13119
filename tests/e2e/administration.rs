//! Operators manage users.

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Harness};

/// An operator with an API key.
struct Operator<'a> {
    harness: &'a Harness,
    key: String,
}

impl Operator<'_> {
    async fn get(&self, path: &str) -> Answer {
        let request = self.harness.client.request(Method::GET, path);
        self.harness.client.send(request.bearer_auth(&self.key)).await
    }

    async fn set_status(&self, user: &str, status: u8) -> Answer {
        let request = self.harness.client.request(Method::POST, &format!("/v1/admin/users/{user}"));
        let change = json!({ "status": status, "reason": "spam" });
        self.harness.client.send(request.bearer_auth(&self.key).json(&change)).await
    }
}

#[tokio::test]
async fn a_ban_blocks_login_refresh_and_access_until_it_is_lifted() {
    let harness = Harness::start(&[]).await;
    let operator =
        Operator { harness: &harness, key: harness.api_key("support", &["admin"]).await };
    let login = harness.sign_in("oAlice").await;
    let listed = operator.get("/v1/admin/users").await;
    assert_eq!(listed.body["users"][0]["id"], login.user_id());
    assert_eq!(operator.set_status(login.user_id(), 0).await.body["status"], 0);
    let token = json!({ "refreshToken": login.body["refreshToken"] });
    let refused = harness.client.post("/v1/token/refresh", &token).await;
    for answer in [harness.sign_in("oAlice").await, refused, harness.client.me(login.token()).await]
    {
        assert_eq!((answer.status, answer.problem()), (403, "user_disabled"));
    }
    assert_eq!(operator.set_status(login.user_id(), 1).await.body["status"], 1);
    assert_eq!(harness.sign_in("oAlice").await.user_id(), login.user_id());
    let audit = operator.get(&format!("/v1/admin/audit?userId={}", login.user_id())).await;
    let events = audit.body["events"].as_array().unwrap().iter();
    let actions = events.map(|event| (event["action"].clone(), event["actor"].clone()));
    assert_eq!(
        actions.collect::<Vec<_>>(),
        ["user_disabled", "user_enabled"].map(|action| (json!(action), json!("support")))
    );
}

#[tokio::test]
async fn erasing_does_not_lift_a_ban() {
    let harness = Harness::start(&[]).await;
    let operator =
        Operator { harness: &harness, key: harness.api_key("support", &["admin"]).await };
    let login = harness.sign_in("oAlice").await;
    assert_eq!(operator.set_status(login.user_id(), 0).await.status, 200);
    let path = format!("/v1/admin/users/{}", login.user_id());
    let erase = harness.client.request(Method::DELETE, &format!("{path}?reason=requested"));
    assert_eq!(harness.client.send(erase.bearer_auth(&operator.key)).await.status, 204);
    assert_eq!(operator.get(&path).await.problem(), "not_found");
    assert_eq!(harness.sign_in("oAlice").await.problem(), "user_disabled");
}
