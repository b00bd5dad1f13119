use std::time::Duration;

use serde_json::{Value, json};

use super::apps::APP;
use super::call::Call;
use super::harness::Harness;

const SESSIONS: &str = "/v1/me/sessions";

#[tokio::test]
async fn a_user_changes_only_the_fields_that_are_sent() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let change = |body: Value| harness.send(Call::post("/v1/me").bearer(token).json(&body));
    let named = change(json!({ "nickname": " 小明 " })).await;
    assert_eq!(named.good()["nickname"], "小明");
    let avatar = "https://cdn.example.com/a.png";
    let pictured = change(json!({ "avatarUrl": avatar })).await;
    assert_eq!(pictured.good()["avatarUrl"], avatar);
    assert_eq!(pictured.body["nickname"], "小明", "what is left out stays");
    assert_eq!(change(json!({})).await.good(), &pictured.body);
    let shown = harness.send(Call::get("/v1/me").bearer(token)).await;
    assert_eq!(shown.good(), &pictured.body);
}

#[tokio::test]
async fn an_invalid_change_is_explained_and_changes_nothing() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    for (body, field) in [
        (json!({ "nickname": "" }), "`nickname`"),
        (json!({ "nickname": "x".repeat(65) }), "`nickname`"),
        (json!({ "nickname": "微信用户" }), "`nickname`"),
        (json!({ "nickname": "fine", "avatarUrl": "http://sEcReT.example/" }), "`avatarUrl`"),
        (json!({ "nickname": "fine", "avatarUrl": "" }), "`avatarUrl`"),
        (
            json!({ "avatarUrl": "https://mmbiz.qpic.cn/mmbiz/icTdbqWNOwNRna42FI242Lcia07jQodd2FJGIYQfG0LAJGFxM4FbnQP6yfMxBgJ0F3YRqJCJ1aPAK2dQagdusBZg/132?x=1" }),
            "`avatarUrl`",
        ),
        (json!({ "nickname": 7 }), "`nickname`"),
        (json!({ "nickName": "sEcReT" }), "`nickname`"),
    ] {
        let answer = harness.send(Call::post("/v1/me").bearer(token).json(&body)).await;
        assert_eq!(answer.problem(), (400, "invalid_request"), "{body}");
        assert!(answer.detail().contains(field), "{answer:?}");
        assert!(!answer.text.contains("sEcReT"), "{answer:?}");
    }
    let shown = harness.send(Call::get("/v1/me").bearer(token)).await;
    assert_eq!(shown.good().get("nickname"), None);
}

#[tokio::test]
async fn a_request_without_a_valid_token_gets_a_challenge() {
    let harness = Harness::new().await;
    let session = format!("{SESSIONS}/019b0000-7000-7000-8000-000000000002");
    let calls = || {
        [
            Call::get("/v1/me"),
            Call::post("/v1/me").json(&json!({})),
            Call::delete("/v1/me"),
            Call::get(SESSIONS),
            Call::delete(SESSIONS),
            Call::delete(&session),
            Call::get("/v1/verify"),
            Call::post("/v1/me/phone").json(&json!({ "code": "code" })),
            Call::post("/v1/me/session-key/check"),
        ]
    };
    for call in calls() {
        let answer = harness.send(call).await;
        assert_eq!(answer.problem(), (401, "token_missing"));
        assert_eq!(
            answer.challenges(),
            [r#"Bearer realm="wxlogin""#],
            "no token was sent, so the challenge has no error"
        );
    }
    for call in calls() {
        let answer = harness.send(call.basic("id", "secret")).await;
        assert_eq!(answer.problem(), (401, "token_missing"));
        assert_eq!(answer.challenges(), [r#"Bearer realm="wxlogin""#]);
    }
    for call in calls() {
        let answer = harness.send(call.bearer("sEcReT")).await;
        assert_eq!(answer.problem(), (401, "token_invalid"));
        assert_eq!(answer.challenges(), [r#"Bearer error="invalid_token""#]);
        assert!(!answer.text.contains("sEcReT"));
    }
}

#[tokio::test]
async fn a_token_that_is_not_sent_as_a_bearer_token_is_missing() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    for (name, value) in [
        ("authorization", token.to_owned()),
        ("authorization", format!("Token {token}")),
        ("authorization", format!("Bearer \"{token}\"")),
        ("authorization", format!("Bearer Bearer {token}")),
        ("authorization", "Bearer [object Object]".into()),
        ("authorization", "Bearer ".into()),
        ("token", token.to_owned()),
        ("x-token", token.to_owned()),
    ] {
        let answer = harness.send(Call::get("/v1/me").header(name, &value)).await;
        assert_eq!(answer.problem(), (401, "token_missing"), "{name}: {value}");
        assert!(answer.detail().contains("`Authorization: Bearer …`"), "{answer:?}");
        assert!(answer.detail().contains("Refreshing it does not help"), "{answer:?}");
        assert!(!answer.text.contains(token));
    }
}

#[tokio::test]
async fn a_user_removes_nickname_and_avatar() {
    let harness = Harness::new().await;
    let avatar = "https://cdn.example.com/a.png";
    let body = json!({ "code": "code-alice-1", "userName": "小明", "avatarUrl": avatar });
    let login = harness.post("/wxLogin", body).await;
    let token = login.good()["data"]["token"].as_str().unwrap();
    let change = |body: Value| harness.send(Call::post("/v1/me").bearer(token).json(&body));
    let unnamed = change(json!({ "nickname": null })).await;
    assert_eq!(unnamed.good().get("nickname"), None);
    assert_eq!(unnamed.body["avatarUrl"], avatar, "what is left out stays");
    let nothing =
        json!({ "appId": APP, "code": "code-alice-2", "nickname": null, "avatarUrl": null });
    let kept = harness.post("/v1/login", nothing).await;
    assert_eq!(kept.good()["user"]["avatarUrl"], avatar, "a login removes nothing");
    let cleared = change(json!({ "nickname": "小红", "avatarUrl": null })).await;
    assert_eq!(cleared.good()["nickname"], "小红");
    assert_eq!(cleared.body.get("avatarUrl"), None);
    let shown = harness.send(Call::get("/v1/me").bearer(token)).await;
    assert_eq!(shown.good(), &cleared.body);
}

#[tokio::test]
async fn a_user_lists_and_ends_sessions() {
    let harness = Harness::new().await;
    let phone = json!({ "appId": APP, "code": "code-alice-1", "device": "iPhone 17" });
    let phone = harness.post("/v1/login", phone).await;
    harness.clock.advance(Duration::from_secs(1));
    let tablet = harness.log_in("code-alice-2").await;
    let (phone, tablet) = (phone.text_at("accessToken"), tablet.text_at("accessToken"));
    let listed = harness.send(Call::get(SESSIONS).bearer(phone)).await;
    let sessions = listed.good()["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let current = sessions.iter().find(|session| session["current"] == true).unwrap();
    assert_eq!(current["device"], "iPhone 17");
    assert_eq!(current["appId"], APP);
    assert_eq!(current["createdAt"], "2026-01-01T00:00:00+00:00");
    assert_eq!(current["expiresAt"], "2026-01-01T01:00:00+00:00");
    let other = sessions.iter().find(|session| session["current"] == false).unwrap();
    assert_eq!(other.get("device"), None);
    let end = |id: &str, token: &str| {
        harness.send(Call::delete(&format!("{SESSIONS}/{id}")).bearer(token))
    };
    let id = other["id"].as_str().unwrap();
    let stranger = harness.log_in("code-bob-1").await;
    let stranger = stranger.text_at("accessToken");
    assert_eq!(end(id, stranger).await.problem(), (404, "not_found"), "somebody else's");
    assert_eq!(end("sEcReT", phone).await.problem(), (404, "not_found"));
    harness.send(Call::get("/v1/me").bearer(tablet)).await.good();
    assert_eq!(end(id, phone).await.status, 204);
    assert_eq!(end(id, phone).await.problem(), (404, "not_found"));
    let ended = harness.send(Call::get("/v1/me").bearer(tablet)).await;
    assert_eq!(ended.problem(), (401, "token_invalid"));
}

#[tokio::test]
async fn irreversible_actions_need_a_recent_login() {
    let harness = Harness::new().await;
    let old = harness.log_in("code-alice-1").await;
    harness.clock.advance(Duration::from_mins(5));
    let new = harness.log_in("code-alice-2").await;
    let (old, new) = (old.text_at("accessToken"), new.text_at("accessToken"));
    for path in [SESSIONS, "/v1/me"] {
        let answer = harness.send(Call::delete(path).bearer(old)).await;
        assert_eq!(answer.problem(), (403, "reauthentication_required"));
    }
    let ended = harness.send(Call::delete(SESSIONS).bearer(new)).await;
    assert_eq!(*ended.good(), json!({ "ended": 1 }));
    let answer = harness.send(Call::get("/v1/me").bearer(old)).await;
    assert_eq!(answer.problem(), (401, "token_invalid"));
    let erased = harness.send(Call::delete("/v1/me").bearer(new)).await;
    assert_eq!(*erased.good(), json!({ "erased": true }));
    let answer = harness.send(Call::get("/v1/me").bearer(new)).await;
    assert_eq!(answer.problem(), (401, "token_invalid"));
    assert_eq!(harness.log_in("code-alice-3").await.good()["isNewUser"], true);
}

#[tokio::test]
async fn a_token_of_the_original_contract_has_limited_access() {
    let harness = Harness::new().await;
    let login = harness.post("/wxLogin", json!({ "code": "code-alice-1" })).await;
    let token = login.body["data"]["token"].as_str().unwrap();
    harness.send(Call::get("/v1/me").bearer(token)).await.good();
    let named = Call::post("/v1/me").bearer(token).json(&json!({ "nickname": "小明" }));
    harness.send(named).await.good();
    assert_eq!(harness.send(Call::get("/v1/verify").bearer(token)).await.status, 200);
    for call in [Call::get(SESSIONS), Call::delete(SESSIONS), Call::delete("/v1/me")] {
        assert_eq!(harness.send(call.bearer(token)).await.problem(), (401, "token_invalid"));
    }
}
