//! The contract of the Express back end, as its front end speaks it.

use serde_json::json;

use crate::support::House;

/// What the original page posts, to the letter.
async fn wx_login(
    house: &House,
    path: &str,
    code: &str,
    name: &str,
    avatar: &str,
) -> crate::support::Answer {
    let request = json!({ "code": code, "avatarUrl": avatar, "userName": name });
    house.client.post(path, &request).await
}

#[tokio::test]
async fn the_original_page_signs_in_new_and_returning_people() {
    let house = House::start(&[]).await;
    let code = house.simulator.code("oAlice").await;
    let new = wx_login(&house, "/wxLogin", &code, "爱丽丝", "https://cdn.example.com/1.png").await;
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

    let code = house.simulator.code("oAlice").await;
    let returning =
        wx_login(&house, "/users/wxLogin", &code, "Alice", "https://cdn.example.com/2.png").await;
    let again = &returning.body["data"];
    assert_eq!(again["_id"], data["_id"]);
    assert_eq!(again["userName"], "Alice");
    assert_eq!(again["avatarUrl"], "https://cdn.example.com/2.png");
    assert_ne!(again["token"], data["token"]);

    let me = house.client.me(again["token"].as_str().unwrap()).await;
    assert_eq!(me.body["id"], data["_id"], "its token says who its bearer is");
    let v1 = house.sign_in("oAlice").await;
    assert_eq!(v1.user_id(), data["_id"], "both contracts know the same people");
}

#[tokio::test]
async fn a_person_without_profile_has_empty_texts() {
    let house = House::start(&[]).await;
    let code = house.simulator.code("oAlice").await;
    let answer = house.client.post("/wxLogin", &json!({ "code": code, "other": [1] })).await;
    assert_eq!(answer.body["data"]["userName"], "");
    assert_eq!(answer.body["data"]["avatarUrl"], "");
}

#[tokio::test]
async fn failures_carry_a_message_and_no_data() {
    let house = House::start(&[]).await;
    let used = house.simulator.code("oAlice").await;
    house.client.login(&used).await;
    for (path, request, code) in [
        ("/wxLogin", json!({ "code": used }), "login_code_used"),
        ("/wxLogin", json!({ "code": "0123456789abcdef0123456789abcdef" }), "login_code_invalid"),
        ("/users/wxLogin", json!({ "code": "the code is a mock one" }), "login_code_invalid"),
        ("/users/wxLogin", json!({}), "invalid_request"),
    ] {
        let answer = house.client.post(path, &request).await;
        assert_eq!(answer.problem(), code);
        assert_eq!(answer.body["message"], "接口错误");
        assert!(answer.body.get("data").is_none());
    }
    let wrong_method =
        house.client.send(house.client.request(reqwest::Method::PUT, "/wxLogin")).await;
    assert_eq!(wrong_method.problem(), "method_not_allowed");
    assert_eq!(wrong_method.body["message"], "接口错误");
}

#[tokio::test]
async fn it_is_not_there_unless_it_is_switched_on() {
    let house = House::start(&[("WXLOGIN__ORIGINAL__APP_ID", "")]).await;
    let code = house.simulator.code("oAlice").await;
    let answer = house.client.post("/wxLogin", &json!({ "code": code })).await;
    assert_eq!(answer.problem(), "not_found");
    assert_eq!(house.simulator.exchanges(&code).await, 0);
}
