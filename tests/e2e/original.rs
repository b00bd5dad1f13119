//! The contract of the original Express back end, as its front end uses it.

use serde_json::json;

use crate::support::Harness;

/// Sends exactly what the original page sends.
async fn wx_login(
    harness: &Harness,
    path: &str,
    code: &str,
    name: &str,
    avatar: &str,
) -> crate::support::Answer {
    let request = json!({ "code": code, "avatarUrl": avatar, "userName": name });
    harness.client.post(path, &request).await
}

#[tokio::test]
async fn the_original_page_signs_in_new_and_returning_people() {
    let harness = Harness::start(&[]).await;
    let code = harness.simulator.code("oAlice").await;
    let new =
        wx_login(&harness, "/wxLogin", &code, "爱丽丝", "https://cdn.example.com/1.png").await;
    assert_eq!(new.status, 200);
    assert_eq!(new.body["code"], 1);
    assert_eq!(new.body["message"], "登录成功");
    let data = new.body["data"].as_object().unwrap();
    let mut fields = data.keys().map(String::as_str).collect::<Vec<_>>();
    fields.sort_unstable();
    assert_eq!(fields, ["_id", "avatarUrl", "openId", "status", "token", "userName", "userType"]);
    assert_eq!(data["openId"], "oAlice");
    assert_eq!(data["userType"], 2);
    assert_eq!(data["status"], 1);
    assert_eq!(data["userName"], "爱丽丝");
    assert_eq!(data["avatarUrl"], "https://cdn.example.com/1.png");

    let code = harness.simulator.code("oAlice").await;
    let returning =
        wx_login(&harness, "/users/wxLogin", &code, "Alice", "https://cdn.example.com/2.png").await;
    let again = &returning.body["data"];
    assert_eq!(again["_id"], data["_id"]);
    assert_eq!(again["userName"], "Alice");
    assert_eq!(again["avatarUrl"], "https://cdn.example.com/2.png");
    assert_ne!(again["token"], data["token"]);

    let me = harness.client.me(again["token"].as_str().unwrap()).await;
    assert_eq!(me.body["id"], data["_id"], "the token identifies the user");
    let v1 = harness.sign_in("oAlice").await;
    assert_eq!(v1.user_id(), data["_id"], "both contracts have the same users");
}

#[tokio::test]
async fn a_user_without_profile_has_empty_strings() {
    let harness = Harness::start(&[]).await;
    let code = harness.simulator.code("oAlice").await;
    let answer = harness.client.post("/wxLogin", &json!({ "code": code, "other": [1] })).await;
    assert_eq!(answer.body["data"]["userName"], "");
    assert_eq!(answer.body["data"]["avatarUrl"], "");
}

#[tokio::test]
async fn failures_carry_a_message_and_no_data() {
    let harness = Harness::start(&[]).await;
    let used = harness.simulator.code("oAlice").await;
    harness.client.login(&used).await;
    for (path, request, code) in [
        ("/wxLogin", json!({ "code": used }), "login_code_used"),
        ("/wxLogin", json!({ "code": "0123456789abcdef0123456789abcdef" }), "login_code_invalid"),
        ("/users/wxLogin", json!({ "code": "the code is a mock one" }), "login_code_invalid"),
        ("/users/wxLogin", json!({}), "invalid_request"),
    ] {
        let answer = harness.client.post(path, &request).await;
        assert_eq!(answer.problem(), code);
        assert_eq!(answer.body["message"], "接口错误");
        assert!(answer.body.get("data").is_none());
    }
    let wrong_method =
        harness.client.send(harness.client.request(reqwest::Method::PUT, "/wxLogin")).await;
    assert_eq!(wrong_method.problem(), "method_not_allowed");
    assert_eq!(wrong_method.body["message"], "接口错误");
}

#[tokio::test]
async fn without_an_app_the_endpoints_do_not_exist() {
    let harness = Harness::start(&[("WXLOGIN__ORIGINAL__APP_ID", "")]).await;
    let code = harness.simulator.code("oAlice").await;
    let answer = harness.client.post("/wxLogin", &json!({ "code": code })).await;
    assert_eq!(answer.problem(), "not_found");
    assert_eq!(harness.simulator.exchanges(&code).await, 0);
}
