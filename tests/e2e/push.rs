//! WeChat's push messages.

use reqwest::Method;
use serde_json::{Value, json};
use wechat_sim::{DEV_ENCODING_AES_KEY, DEV_PUSH_TOKEN};

use crate::support::{APP_ID, Answer, Harness};

const TOKEN: (&str, &str) = ("WXLOGIN__APPS__WX0123456789ABCDEF__PUSH_TOKEN", DEV_PUSH_TOKEN);
const KEY: (&str, &str) =
    ("WXLOGIN__APPS__WX0123456789ABCDEF__ENCODING_AES_KEY", DEV_ENCODING_AES_KEY);
const CANCELLED: &str = "user_authorization_cancellation";
const FORMS: [(&str, &str); 4] =
    [("xml", "safe"), ("json", "safe"), ("xml", "plain"), ("json", "plain")];

fn push_url(harness: &Harness) -> String {
    format!("{}/v1/wechat/push/{APP_ID}", harness.client.base)
}

/// Lets the simulated WeChat push an event.
async fn push(
    harness: &Harness,
    form: (&str, &str),
    event: &str,
    open_id: &str,
    more: Value,
) -> Value {
    let (format, mode) = form;
    let wanted = json!({
        "url": push_url(harness), "event": event, "openid": open_id,
        "format": format, "mode": mode, "fields": more,
    });
    harness.simulator.post("/sim/push", &wanted).await
}

fn assert_accepted(delivery: &Value) {
    assert_eq!((&delivery["status"], &delivery["body"]), (&json!(200), &json!("success")));
}

/// Sends a push message of the simulator again, perhaps with a changed URL.
async fn resend(harness: &Harness, sent: &Value, change: impl Fn(String) -> String) -> Answer {
    let url = change(sent["url"].as_str().unwrap().to_owned());
    let path = url.strip_prefix(&harness.client.base).unwrap();
    let request = harness.client.request(Method::POST, path);
    harness.client.send(request.body(sent["body"].as_str().unwrap().to_owned())).await
}

async fn sign_in_with_profile(harness: &Harness, open_id: &str) -> Answer {
    let code = harness.simulator.code(open_id).await;
    let avatar = "https://cdn.example.com/a.png";
    let login = json!({ "code": code, "nickname": "Alice", "avatarUrl": avatar });
    harness.client.post("/v1/login", &login).await
}

#[tokio::test]
async fn the_console_can_save_the_address_of_an_app_that_has_a_token() {
    let harness = Harness::start(&[TOKEN]).await;
    let endpoint = json!({ "url": push_url(&harness) });
    let saved = harness.simulator.post("/sim/push/verify", &endpoint).await;
    assert_eq!(saved["verified"], true, "{saved}");

    let harness = Harness::start(&[(TOKEN.0, "another")]).await;
    let endpoint = json!({ "url": push_url(&harness) });
    let refused = harness.simulator.post("/sim/push/verify", &endpoint).await;
    assert_eq!((&refused["verified"], &refused["status"]), (&json!(false), &json!(400)));

    let harness = Harness::start(&[]).await;
    let endpoint = json!({ "url": push_url(&harness) });
    let unknown = harness.simulator.post("/sim/push/verify", &endpoint).await;
    assert_eq!(unknown["status"], 404, "{unknown}");
}

#[tokio::test]
async fn only_safe_mode_erases_a_closed_wechat_account() {
    let harness = Harness::start(&[TOKEN, KEY]).await;
    for (number, form) in FORMS.into_iter().enumerate() {
        let open_id = format!("oPerson{number}");
        let login = sign_in_with_profile(&harness, &open_id).await;
        assert_accepted(&push(&harness, form, CANCELLED, &open_id, json!({})).await);
        let me = harness.client.me(login.token()).await;
        if form.1 == "safe" {
            assert_eq!((me.status, me.problem()), (401, "token_invalid"), "{form:?}");
            assert_eq!(harness.sign_in(&open_id).await.body["isNewUser"], true, "{form:?}");
        } else {
            assert_eq!(me.body["nickname"], "Alice", "{form:?}");
        }
    }
}

#[tokio::test]
async fn revoked_or_removed_profile_data_is_cleared() {
    let harness = Harness::start(&[TOKEN, KEY]).await;
    for (number, form) in FORMS.into_iter().enumerate() {
        let open_id = format!("oPerson{number}");
        let login = sign_in_with_profile(&harness, &open_id).await;
        let stays = form.1 == "plain";
        let more = json!({ "RevokeInfo": "19" });
        assert_accepted(&push(&harness, form, "user_authorization_revoke", &open_id, more).await);
        let me = harness.client.me(login.token()).await;
        assert_eq!(me.body.get("nickname").is_some_and(Value::is_string), stays, "{form:?}");
        assert!(me.body["avatarUrl"].is_string(), "{form:?}: only the revoked field is cleared");
        assert_accepted(&push(&harness, form, "user_info_modified", &open_id, json!({})).await);
        let me = harness.client.me(login.token()).await;
        assert_eq!(me.body.get("avatarUrl").is_some_and(Value::is_string), stays, "{form:?}");
        assert_accepted(
            &push(&harness, form, "debug_demo", &open_id, json!({ "debug_str": "x" })).await,
        );
    }
}

#[tokio::test]
async fn events_with_lists_are_accepted() {
    let harness = Harness::start(&[TOKEN, KEY]).await;
    let list = json!([{ "TemplateId": "t-1" }, { "TemplateId": "t-2", "PopupScene": 2 }]);
    let more = json!({ "SubscribeMsgPopupEvent": { "List": list } });
    for form in FORMS {
        let event = "subscribe_msg_popup_event";
        assert_accepted(&push(&harness, form, event, "oAlice", more.clone()).await);
    }
}

#[tokio::test]
async fn a_repeated_push_does_nothing_and_a_forged_one_is_refused() {
    let harness = Harness::start(&[TOKEN, KEY]).await;
    let login = sign_in_with_profile(&harness, "oAlice").await;
    let sent = push(&harness, ("xml", "safe"), CANCELLED, "oAlice", json!({})).await;
    assert_accepted(&sent);
    assert_eq!(harness.client.me(login.token()).await.status, 401);
    let back = sign_in_with_profile(&harness, "oAlice").await;
    let repeated = resend(&harness, &sent["sent"], |url| url).await;
    assert_eq!((repeated.status, repeated.text.as_str()), (200, "success"));
    assert_eq!(repeated.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(harness.client.me(back.token()).await.status, 200, "a user who has come back stays");

    for change in [("msg_signature=", "msg_signature=0"), ("msg_", "x_"), ("nonce=", "nonce=0")] {
        let forged = resend(&harness, &sent["sent"], |url| url.replace(change.0, change.1)).await;
        assert_eq!((forged.status, forged.problem()), (400, "invalid_request"), "{change:?}");
        assert_eq!(forged.body.get("detail"), None, "{change:?}");
    }
    harness.simulator.advance(600).await;
    let late = push(&harness, ("xml", "safe"), CANCELLED, "oAlice", json!({})).await;
    assert_eq!(late["status"], 400, "the clocks differ by ten minutes: {late}");
    assert_eq!(harness.client.me(back.token()).await.status, 200);
}

#[tokio::test]
async fn without_a_key_encrypted_pushes_are_refused() {
    let harness = Harness::start(&[TOKEN]).await;
    let login = sign_in_with_profile(&harness, "oAlice").await;
    let sent = push(&harness, ("json", "safe"), CANCELLED, "oAlice", json!({})).await;
    assert_eq!(sent["status"], 400, "{sent}");
    assert_accepted(&push(&harness, ("json", "plain"), CANCELLED, "oAlice", json!({})).await);
    assert_eq!(harness.client.me(login.token()).await.status, 200);
}
