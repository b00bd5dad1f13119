//! WeChat pushes what happened to people.

use reqwest::Method;
use serde_json::{Value, json};
use wechat_sim::{DEV_ENCODING_AES_KEY, DEV_PUSH_TOKEN};

use crate::support::{APP_ID, Answer, House};

const TOKEN: (&str, &str) = ("WXLOGIN__APPS__WX0123456789ABCDEF__PUSH_TOKEN", DEV_PUSH_TOKEN);
const KEY: (&str, &str) =
    ("WXLOGIN__APPS__WX0123456789ABCDEF__ENCODING_AES_KEY", DEV_ENCODING_AES_KEY);
const CANCELLED: &str = "user_authorization_cancellation";
const FORMS: [(&str, &str); 4] =
    [("xml", "safe"), ("json", "safe"), ("xml", "plain"), ("json", "plain")];

fn address(house: &House) -> String {
    format!("{}/v1/wechat/push/{APP_ID}", house.client.base)
}

/// Has WeChat push an event.
async fn push(house: &House, form: (&str, &str), event: &str, open_id: &str, more: Value) -> Value {
    let (format, mode) = form;
    let wanted = json!({
        "url": address(house), "event": event, "openid": open_id,
        "format": format, "mode": mode, "fields": more,
    });
    house.simulator.post("/sim/push", &wanted).await
}

fn is_taken(delivery: &Value) {
    assert_eq!((&delivery["status"], &delivery["body"]), (&json!(200), &json!("success")));
}

/// Sends again what the simulator has sent, perhaps bent.
async fn again(house: &House, sent: &Value, bend: impl Fn(String) -> String) -> Answer {
    let url = bend(sent["url"].as_str().unwrap().to_owned());
    let path = url.strip_prefix(&house.client.base).unwrap();
    let request = house.client.request(Method::POST, path);
    house.client.send(request.body(sent["body"].as_str().unwrap().to_owned())).await
}

async fn named(house: &House, open_id: &str) -> Answer {
    let code = house.simulator.code(open_id).await;
    let avatar = "https://cdn.example.com/a.png";
    let login = json!({ "code": code, "nickname": "Alice", "avatarUrl": avatar });
    house.client.post("/v1/login", &login).await
}

#[tokio::test]
async fn the_console_can_save_the_address_of_an_app_that_has_a_token() {
    let house = House::start(&[TOKEN]).await;
    let endpoint = json!({ "url": address(&house) });
    let saved = house.simulator.post("/sim/push/verify", &endpoint).await;
    assert_eq!(saved["verified"], true, "{saved}");

    let house = House::start(&[(TOKEN.0, "another")]).await;
    let endpoint = json!({ "url": address(&house) });
    let refused = house.simulator.post("/sim/push/verify", &endpoint).await;
    assert_eq!((&refused["verified"], &refused["status"]), (&json!(false), &json!(400)));

    let house = House::start(&[]).await;
    let endpoint = json!({ "url": address(&house) });
    let unknown = house.simulator.post("/sim/push/verify", &endpoint).await;
    assert_eq!(unknown["status"], 404, "{unknown}");
}

#[tokio::test]
async fn a_closed_wechat_account_is_erased_by_safe_mode_alone() {
    let house = House::start(&[TOKEN, KEY]).await;
    for (number, form) in FORMS.into_iter().enumerate() {
        let open_id = format!("oPerson{number}");
        let login = named(&house, &open_id).await;
        is_taken(&push(&house, form, CANCELLED, &open_id, json!({})).await);
        let me = house.client.me(login.token()).await;
        if form.1 == "safe" {
            assert_eq!((me.status, me.problem()), (401, "token_invalid"), "{form:?}");
            assert_eq!(house.sign_in(&open_id).await.body["isNewUser"], true, "{form:?}");
        } else {
            assert_eq!(me.body["nickname"], "Alice", "{form:?}");
        }
    }
}

#[tokio::test]
async fn what_is_taken_back_or_cleaned_is_cleared() {
    let house = House::start(&[TOKEN, KEY]).await;
    for (number, form) in FORMS.into_iter().enumerate() {
        let open_id = format!("oPerson{number}");
        let login = named(&house, &open_id).await;
        let stays = form.1 == "plain";
        let more = json!({ "RevokeInfo": "19" });
        is_taken(&push(&house, form, "user_authorization_revoke", &open_id, more).await);
        let me = house.client.me(login.token()).await;
        assert_eq!(me.body.get("nickname").is_some_and(Value::is_string), stays, "{form:?}");
        assert!(me.body["avatarUrl"].is_string(), "{form:?}: only what is named");
        is_taken(&push(&house, form, "user_info_modified", &open_id, json!({})).await);
        let me = house.client.me(login.token()).await;
        assert_eq!(me.body.get("avatarUrl").is_some_and(Value::is_string), stays, "{form:?}");
        is_taken(&push(&house, form, "debug_demo", &open_id, json!({ "debug_str": "x" })).await);
    }
}

#[tokio::test]
async fn a_repeated_push_does_nothing_and_a_forged_one_is_refused() {
    let house = House::start(&[TOKEN, KEY]).await;
    let login = named(&house, "oAlice").await;
    let sent = push(&house, ("xml", "safe"), CANCELLED, "oAlice", json!({})).await;
    is_taken(&sent);
    assert_eq!(house.client.me(login.token()).await.status, 401);
    let back = named(&house, "oAlice").await;
    let repeated = again(&house, &sent["sent"], |url| url).await;
    assert_eq!((repeated.status, repeated.text.as_str()), (200, "success"));
    assert_eq!(repeated.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(house.client.me(back.token()).await.status, 200, "who has come back stays");

    for bend in [("msg_signature=", "msg_signature=0"), ("msg_", "x_"), ("nonce=", "nonce=0")] {
        let forged = again(&house, &sent["sent"], |url| url.replace(bend.0, bend.1)).await;
        assert_eq!((forged.status, forged.problem()), (400, "invalid_request"), "{bend:?}");
        assert_eq!(forged.body.get("detail"), None, "{bend:?}");
    }
    house.simulator.advance(600).await;
    let late = push(&house, ("xml", "safe"), CANCELLED, "oAlice", json!({})).await;
    assert_eq!(late["status"], 400, "ten minutes from now: {late}");
    assert_eq!(house.client.me(back.token()).await.status, 200);
}

#[tokio::test]
async fn without_a_key_nothing_encrypted_is_taken() {
    let house = House::start(&[TOKEN]).await;
    let login = named(&house, "oAlice").await;
    let sent = push(&house, ("json", "safe"), CANCELLED, "oAlice", json!({})).await;
    assert_eq!(sent["status"], 400, "{sent}");
    is_taken(&push(&house, ("json", "plain"), CANCELLED, "oAlice", json!({})).await);
    assert_eq!(house.client.me(login.token()).await.status, 200);
}
