//! What clients send without knowing better.

use serde_json::{Value, json};
use wxlogin_domain::model::Scope;

use super::apps::APP;
use super::call::{Answer, Call};
use super::document::DOCUMENT;
use super::harness::Harness;

/// A text that JavaScript's `slice` cut in the middle of an emoji, as `JSON.stringify` writes it.
const CUT: &str = r"小明\ud83d";

impl Harness {
    async fn send_text(&self, path: &str, content_type: &str, body: impl Into<String>) -> Answer {
        let call = Call::post(path).header("content-type", content_type);
        self.send_undescribed(call.body(body)).await
    }

    async fn send_json(&self, path: &str, body: &str) -> Answer {
        self.send_text(path, "application/json", body).await
    }
}

#[tokio::test]
async fn half_an_emoji_is_dropped_from_every_text_of_every_operation() {
    let harness = Harness::new().await;
    let scopes = [Scope::Admin, Scope::Introspect, Scope::Phone];
    let secret = harness.client("console", &scopes, &[]).await;
    let login = harness.log_in("code-alice-1").await;
    let mut fields = 0;
    for (path, operations) in DOCUMENT["paths"].as_object().unwrap() {
        let body = &operations["post"]["requestBody"]["content"]["application/json"]["schema"];
        let Some(schema) = body["$ref"].as_str() else { continue };
        let schema = DOCUMENT.pointer(schema.trim_start_matches('#')).unwrap();
        for (name, property) in schema["properties"].as_object().unwrap() {
            if property["type"] != "string" {
                continue;
            }
            fields += 1;
            let call =
                Call::post(&path.replace("{id}", login.body["user"]["id"].as_str().unwrap()));
            let call = if path.starts_with("/v1/me") {
                call.bearer(login.text_at("accessToken"))
            } else if path.starts_with("/v1/admin") {
                call.basic("console", &secret)
            } else {
                call
            };
            let body = format!(r#"{{"{name}":"{CUT}"}}"#);
            let call = call.header("content-type", "application/json").body(body);
            let answer = harness.send_undescribed(call).await;
            assert!(!answer.detail().contains("JSON"), "{path} {name}: {answer:?}");
        }
    }
    assert!(fields > 15, "{fields}");
}

#[tokio::test]
async fn the_text_before_half_an_emoji_is_kept() {
    let harness = Harness::new().await;
    let body = format!(
        r#"{{"appId":"{APP}","code":"code-alice-1","nickname":"{CUT}","device":"{CUT} 手机"}}"#
    );
    let login = harness.send_json("/v1/login", &body).await;
    assert_eq!(login.good()["user"]["nickname"], "小明");
    let sessions = Call::get("/v1/me/sessions").bearer(login.text_at("accessToken"));
    assert_eq!(harness.send(sessions).await.good()["sessions"][0]["device"], "小明 手机");
    let body = format!(r#"{{"code":"code-bob-1","userName":"{CUT}"}}"#);
    let original = harness.send_json("/wxLogin", &body).await;
    assert_eq!(original.good()["data"]["userName"], "小明");
}

#[tokio::test]
async fn invisible_characters_do_not_lose_a_name() {
    let harness = Harness::new().await;
    for (number, name) in
        ["\u{14}小明", "\u{202d}小明\u{202c}", "\u{feff}小明", "小\u{200b}明\n"].iter().enumerate()
    {
        let body = json!({ "appId": APP, "code": format!("code-a{number}-1"), "nickname": name });
        assert_eq!(harness.post("/v1/login", body).await.good()["user"]["nickname"], "小明");
        let body = json!({ "code": format!("code-b{number}-1"), "userName": name });
        assert_eq!(harness.post("/wxLogin", body).await.good()["data"]["userName"], "小明");
    }
    let family = "👨‍👩‍👧 家";
    let body = json!({ "appId": APP, "code": "code-carol-1", "nickname": family });
    let login = harness.post("/v1/login", body).await;
    assert_eq!(login.good()["user"]["nickname"], family);
    for nothing in ["\u{200b}", "\u{3164}", "\u{2800}", "\u{ad}", "\u{fe0f}"] {
        let change = Call::post("/v1/me").bearer(login.text_at("accessToken"));
        let refused = harness.send(change.json(&json!({ "nickname": nothing }))).await;
        assert_eq!(refused.problem(), (400, "invalid_request"), "{nothing:?}");
    }
    let body = json!({ "appId": APP, "code": "code-carol-3", "nickname": "\u{3164}" });
    let kept = harness.post("/v1/login", body).await;
    assert_eq!(kept.good()["user"]["nickname"], family);
}

#[tokio::test]
async fn the_original_contract_is_as_tolerant_as_express() {
    let harness = Harness::new().await;
    let mut number = 0;
    let mut code = || {
        number += 1;
        format!("code-alice-{number}")
    };
    let json = |code: String| json!({ "code": code, "userName": "小明" }).to_string();
    let form = "userName=%E5%B0%8F%E6%98%8E%ED%A0%BD&avatarUrl=https%3A%2F%2Fa.example%2F1.png";
    for path in ["/wxLogin", "/wxlogin", "/WXLOGIN/", "/users/wxLogin/", "/Users/WxLogin"] {
        let form = format!("code={}&{form}&other=1", code());
        let sent = harness.send_text(path, "application/x-www-form-urlencoded", form).await;
        assert_eq!(sent.good()["data"]["userName"], "小明", "{path}");
        assert_eq!(sent.body["data"]["avatarUrl"], "https://a.example/1.png");
        let marked = format!("\u{feff}{}", json(code()));
        assert_eq!(harness.send_json(path, &marked).await.good()["code"], 1, "{path}");
        let path_with_query = format!("{path}?callback=alert(1)//&_=1764230400");
        let sent = harness.send_json(&path_with_query, &json(code())).await;
        assert_eq!(sent.header("content-type"), "application/json");
        assert!(sent.good()["code"] == 1 && !sent.text.contains("alert"), "{sent:?}");
        let refused = harness.send_json(path, "{}").await;
        assert_eq!(refused.problem(), (400, "invalid_request"));
        assert_eq!(refused.body["message"], "接口错误", "{path}");
    }
    let missing = harness.send_text("/wxLogin", "application/x-www-form-urlencoded", "a=1").await;
    assert_eq!(missing.problem(), (400, "invalid_request"));
    assert!(missing.detail().contains("`code`"), "{missing:?}");
    for path in ["/wxLogin//", "/v1/login/", "/v1/LOGIN"] {
        let answer = harness.send_json(path, &json(code())).await;
        assert_eq!(answer.problem(), (404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn a_content_type_may_be_repeated_and_a_byte_order_mark_is_ignored() {
    let harness = Harness::new().await;
    let body = format!("\u{feff}{}", json!({ "appId": APP, "code": "code-alice-1" }));
    let twice = "application/json, application/json";
    harness.send_text("/v1/login", twice, body).await.good();
}

#[tokio::test]
async fn an_unsupported_body_is_answered_with_what_to_send() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let secret = harness.client("console", &[Scope::Admin, Scope::Introspect], &[]).await;
    let (bearer, id) = (login.text_at("accessToken"), login.body["user"]["id"].as_str().unwrap());
    let json = "Send the body as `application/json`.";
    let form = "Send the body as `application/x-www-form-urlencoded`.";
    let either = "Send the body as `application/json` or `application/x-www-form-urlencoded`.";
    let multipart = "Send the body as `multipart/form-data`.";
    for (call, expected) in [
        (Call::post("/v1/login"), json),
        (Call::post("/v1/logout"), json),
        (Call::post("/wxLogin"), either),
        (Call::post("/users/wxlogin/"), either),
        (Call::post("/v1/me").bearer(bearer), json),
        (Call::post("/v1/me/avatar").bearer(bearer), multipart),
        (Call::post(&format!("/v1/admin/users/{id}")).basic("console", &secret), json),
        (Call::post("/v1/introspect").basic("console", &secret), form),
    ] {
        let (path, call) = (call.path.clone(), call.body("{}"));
        let answer = harness.send_undescribed(call.header("content-type", "text/plain")).await;
        assert_eq!(answer.problem(), (415, "unsupported_media_type"), "{path}");
        assert_eq!(answer.detail(), expected, "{path}");
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused_with_a_reason() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let bearer = login.text_at("accessToken");
    let form = "application/x-www-form-urlencoded";
    for (path, content_type) in [
        ("/v1/login", "application/json"),
        ("/v1/logout", "application/json"),
        ("/wxLogin", form),
        ("/v1/me", "application/json"),
        ("/v1/me/avatar", "multipart/form-data; boundary=x"),
    ] {
        for encoding in ["gzip", "br", "identity, gzip"] {
            let call = Call::post(path).header("content-type", content_type);
            let call = call.bearer(bearer).header("content-encoding", encoding).body("\u{1f}");
            let answer = harness.send_undescribed(call).await;
            assert_eq!(answer.problem(), (415, "unsupported_media_type"), "{answer:?}");
            assert!(answer.detail().starts_with("Compressed bodies are not supported"));
        }
    }
    let plain = Call::post("/v1/login").header("content-encoding", "identity");
    harness.send(plain.json(&json!({ "appId": APP, "code": "code-alice-2" }))).await.good();
}

#[tokio::test]
async fn an_unknown_field_is_named() {
    let harness = Harness::new().await;
    let typo = harness.post("/v1/login", json!({ "code": "x", "nickName": "小明" })).await;
    assert_eq!(typo.problem(), (400, "invalid_request"));
    assert!(typo.detail().starts_with("The field `nickName` is unknown; expected "), "{typo:?}");
    let code = "0a3Xy7000lQ5bT1Yz9200WvK8g1Xy7Zs";
    let odd = harness.post("/v1/login", json!({ code: Value::Null })).await;
    assert!(odd.detail().starts_with("The body has an unknown field") && !odd.text.contains(code));
}
