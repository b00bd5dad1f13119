//! Nobody can take more than their share of WeChat's quota, and what is refused is in the log.

use reqwest::Method;
use serde_json::{Value, json};

use crate::sessions::refresh;
use crate::support::{Answer, Harness};

const FORM: &str = "application/x-www-form-urlencoded";
const FAILED_LOGINS: (&str, &str) = ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "1000000");

fn always(call: &str, errcode: i64) -> Value {
    json!([{ "call": call, "fault": "errcode", "errcode": errcode, "times": "always" }])
}

fn retry_after(answer: &Answer) -> u64 {
    answer.header("retry-after").parse().unwrap()
}

impl Harness {
    async fn call(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = self.client.request(Method::POST, path).bearer_auth(token);
        self.client.send(request.json(body)).await
    }

    /// The lines about refusals with this code.
    fn refusals(&self, code: &str) -> Vec<Value> {
        let log = self.wxlogin.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let lines = lines.map(|mut line| line["fields"].take());
        lines
            .filter(|line| line["message"] == "a request was refused" && line["code"] == code)
            .collect()
    }
}

#[tokio::test]
async fn while_wechat_limits_calls_codes_are_refused_before_they_are_sent() {
    for (errcode, at_most) in [(45011, 60), (45009, 3600)] {
        let harness = Harness::start(&[FAILED_LOGINS]).await;
        let alice = harness.sign_in("oAlice").await;
        let good = harness.simulator.code("oAlice").await;
        harness.simulator.set_faults(&always("code2session", errcode)).await;
        let first = harness.simulator.code("oAlice").await;
        let limited = harness.client.login(&first).await;
        assert_eq!((limited.status, limited.problem()), (429, "rate_limited"));
        if errcode == 45011 && retry_after(&limited) < 20 {
            // The minute is about to end; what follows would be about the next one.
            continue;
        }
        for number in 0..400 {
            let answer = harness.client.login(&format!("fake{number}")).await;
            assert_eq!((answer.status, answer.problem()), (503, "wechat_unavailable"));
            assert!((1..=at_most).contains(&retry_after(&answer)), "{answer:?}");
            assert_eq!(harness.simulator.exchanges(&format!("fake{number}")).await, 0);
        }
        assert_eq!(harness.client.login(&good).await.problem(), "wechat_unavailable");
        assert_eq!(harness.simulator.exchanges(&good).await, 0, "the code is still good");
        assert_eq!(harness.client.me(alice.token()).await.status, 200);
    }
}

#[tokio::test]
async fn phone_codes_of_one_user_are_limited_and_others_are_not_locked_out() {
    let harness = Harness::start(&[]).await;
    let (eve, alice) = (harness.sign_in("oEve").await, harness.sign_in("oAlice").await);
    let bind = async |token: &str, code: &str| {
        harness.call("/v1/me/phone", token, &json!({ "code": code })).await
    };
    for number in 0..5 {
        let answer = bind(eve.token(), &format!("made-up{number}")).await;
        assert_eq!(answer.problem(), "phone_code_invalid");
    }
    for number in 5..50 {
        let answer = bind(eve.token(), &format!("made-up{number}")).await;
        assert_eq!((answer.status, answer.problem()), (429, "rate_limited"));
        assert!((1..=12).contains(&retry_after(&answer)), "{answer:?}");
    }
    let phone = json!({ "openid": "oAlice", "phoneNumber": "13800138000", "countryCode": "86" });
    let code = harness.simulator.phone_code(&phone).await;
    assert_eq!(bind(alice.token(), &code).await.status, 200, "the address is the same");
}

#[tokio::test]
async fn other_costly_calls_are_limited_by_user() {
    let harness = Harness::start(&[
        ("WXLOGIN__LIMITS__SESSION_KEY_CHECKS_PER_MINUTE", "2"),
        ("WXLOGIN__LIMITS__OPEN_DATA_PER_MINUTE", "2"),
        ("WXLOGIN__LIMITS__PROFILE_CHANGES_PER_MINUTE", "2"),
        ("WXLOGIN__LIMITS__REFRESHES_PER_MINUTE", "2"),
    ])
    .await;
    for person in ["oAlice", "oBob"] {
        let login = harness.sign_in(person).await;
        for (path, body) in [
            ("/v1/me/session-key/check", json!({})),
            ("/v1/me/open-data/decrypt", json!({ "encryptedData": "AAAA", "iv": "AAAA" })),
            ("/v1/me", json!({ "nickname": "小明" })),
        ] {
            for number in 0..4 {
                let answer = harness.call(path, login.token(), &body).await;
                assert_eq!(answer.status == 429, number >= 2, "{path} {number}: {answer:?}");
            }
        }
        let mut token = login.body["refreshToken"].as_str().unwrap().to_owned();
        for _ in 0..2 {
            let answer = refresh(&harness.client, &token).await;
            answer.body["refreshToken"].as_str().unwrap().clone_into(&mut token);
        }
        let limited = refresh(&harness.client, &token).await;
        assert_eq!((limited.status, limited.problem()), (429, "rate_limited"));
        assert!((1..=30).contains(&retry_after(&limited)), "{limited:?}");
        let user = login.user_id();
        let lines = harness.refusals("rate_limited");
        let about =
            |line: &&Value| line["user_id"] == user && line["app_id"] == crate::support::APP_ID;
        assert!(lines.iter().filter(about).count() >= 3, "{lines:?}");
    }
}

#[tokio::test]
async fn unknown_clients_are_limited_by_address() {
    let limit = ("WXLOGIN__LIMITS__FAILED_CREDENTIALS_PER_MINUTE", "3");
    let harness = Harness::start(&[limit]).await;
    let key = harness.api_key("billing", &["introspect"]).await;
    let introspect = async |key: &str| {
        let request = harness.client.request(Method::POST, "/v1/introspect").bearer_auth(key);
        harness.client.send(request.header("content-type", FORM).body("token=x")).await
    };
    assert_eq!(introspect(&key).await.status, 200);
    for number in 0..3 {
        assert_eq!(introspect(&format!("unknown{number}.x")).await.problem(), "client_invalid");
    }
    let limited = introspect("unknown3.x").await;
    assert_eq!((limited.status, limited.problem()), (429, "rate_limited"));
    assert!((1..=20).contains(&retry_after(&limited)), "{limited:?}");
    assert_eq!(introspect("unknown0.x").await.problem(), "client_invalid", "it is remembered");
    assert_eq!(introspect(&key).await.status, 200, "a client that is known");
}

#[tokio::test]
async fn a_refusal_is_logged_with_code_app_user_and_address() {
    let app = crate::support::APP_ID;
    let sign_up = format!("WXLOGIN__APPS__{}__SIGN_UP", app.to_uppercase());
    let mut harness = Harness::start(&[("WXLOGIN__SERVER__TRUSTED_PROXIES", "127.0.0.1")]).await;
    let alice = harness.sign_in("oAlice").await;
    let key = harness.api_key("support", &["admin"]).await;
    harness.restart_with(&[(&sign_up, "closed")]).await;
    let path = format!("/v1/admin/users/{}", alice.user_id());
    let ban = harness.call(&path, &key, &json!({ "status": 0, "reason": "spam" })).await;
    assert_eq!(ban.status, 200);

    let from = |path: &str| {
        harness.client.request(Method::POST, path).header("x-forwarded-for", "2001:db8:1:2::3")
    };
    let login = async |body: Value| harness.client.send(from("/v1/login").json(&body)).await;
    let banned = login(json!({ "code": harness.simulator.code("oAlice").await })).await;
    assert_eq!(banned.problem(), "user_disabled");
    let token = json!({ "refreshToken": alice.body["refreshToken"] });
    let banned = harness.client.send(from("/v1/token/refresh").json(&token)).await;
    assert_eq!(banned.problem(), "user_disabled");
    let me = harness.client.request(Method::GET, "/v1/me").bearer_auth(alice.token());
    let me = me.header("x-forwarded-for", "2001:db8:1:2::3");
    assert_eq!(harness.client.send(me).await.problem(), "user_disabled");
    let new = login(json!({ "code": harness.simulator.code("oBob").await })).await;
    assert_eq!(new.problem(), "sign_up_closed");
    let unknown = login(json!({ "code": "0123", "appId": "wxother00000000001" })).await;
    assert_eq!(unknown.problem(), "invalid_request");
    let wrong = from("/v1/introspect").bearer_auth("support.wrongsecret");
    let wrong = wrong.header("content-type", FORM).body("token=x");
    assert_eq!(harness.client.send(wrong).await.problem(), "client_invalid");

    let disabled = harness.refusals("user_disabled");
    assert_eq!(disabled.len(), 3, "{disabled:?}");
    let closed = harness.refusals("sign_up_closed");
    for line in disabled.iter().chain(&closed) {
        assert_eq!((&line["app_id"], &line["address"]), (&json!(app), &json!("2001:db8:1:2::/64")));
    }
    assert!(disabled.iter().all(|line| line["user_id"] == alice.user_id()), "{disabled:?}");
    assert_eq!(closed.len(), 1, "{closed:?}");
    let unknown = harness.refusals("invalid_request");
    assert!(unknown[0]["detail"].as_str().unwrap().contains("appId"), "{unknown:?}");
    let wrong = harness.refusals("client_invalid");
    assert_eq!((wrong.len(), &wrong[0]["client_id"]), (1, &json!("support")));
    let log = harness.wxlogin.log();
    assert!(!log.contains("wrongsecret") && !log.contains("wxother"), "{log}");

    for number in 0..300 {
        login(json!({ "code": format!("flood{number}"), "appId": "wxother00000000001" })).await;
    }
    let logged = harness.refusals("invalid_request").len();
    assert!((10..200).contains(&logged), "{logged} lines");
}
