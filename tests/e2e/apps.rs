//! Several apps: WeChat's access tokens, secrets, and people who use more than one.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    APP_ID, APP_SECRET, Answer, Client, Finished, Harness, Process, required_settings,
};

const SECRET: &str = "WXLOGIN__APPS__WX0123456789ABCDEF__SECRET";
const SECOND_SECRET: &str = "WXLOGIN__APPS__WX0123456789ABCDEF__SECOND_SECRET";
const OTHER_APP_ID: &str = "wxfedcba9876543210";

async fn wechat_token(client: &Client, app_id: &str, key: &str) -> Answer {
    let path = format!("/v1/apps/{app_id}/wechat-access-token");
    client.send(client.request(Method::GET, &path).bearer_auth(key)).await
}

async fn admin_request(
    harness: &Harness,
    method: Method,
    path: &str,
    key: &str,
    body: &Value,
) -> Answer {
    let request = harness.client.request(method, path).bearer_auth(key);
    let request = if body.is_null() { request } else { request.json(body) };
    harness.client.send(request).await
}

#[tokio::test]
async fn only_authorised_clients_get_wechat_access_tokens() {
    let harness = Harness::start(&[]).await;
    let key = harness.api_key("billing", &["wechat-access-token"]).await;
    let admin = harness.api_key("support", &["admin"]).await;
    let first = wechat_token(&harness.client, APP_ID, &key).await;
    assert_eq!(first.header("cache-control"), "no-store");
    assert!((1..=7200).contains(&first.body["expiresIn"].as_u64().unwrap()), "{first:?}");
    assert_eq!(wechat_token(&harness.client, APP_ID, &key).await.token(), first.token());
    let unknown = wechat_token(&harness.client, OTHER_APP_ID, &key).await;
    assert_eq!((unknown.status, unknown.problem()), (404, "not_found"));
    let refused = wechat_token(&harness.client, APP_ID, &admin).await;
    assert_eq!((refused.status, refused.problem()), (403, "insufficient_scope"));
    let login = harness.sign_in("oAlice").await;
    let refused = wechat_token(&harness.client, APP_ID, login.token()).await;
    assert_eq!((refused.status, refused.problem()), (401, "client_invalid"));

    let refresh = format!("/v1/admin/apps/{APP_ID}/wechat-access-token/refresh");
    let force_refresh = |key| admin_request(&harness, Method::POST, &refresh, key, &Value::Null);
    assert_eq!(force_refresh(&key).await.problem(), "insufficient_scope");
    assert_eq!(force_refresh(&admin).await.status, 204);
    let second = wechat_token(&harness.client, APP_ID, &key).await;
    assert_ne!(second.token(), first.token());
    let too_soon = force_refresh(&admin).await;
    assert_eq!((too_soon.status, too_soon.problem()), (429, "rate_limited"));
    assert!((1..=30).contains(&too_soon.header("retry-after").parse::<u32>().unwrap()));
    let log = harness.wxlogin.log();
    assert!(!log.contains(first.token()) && !log.contains(second.token()));
}

#[tokio::test]
async fn an_expiring_token_is_fetched_once_per_instance() {
    let harness = Harness::start(&[]).await;
    let key = harness.api_key("billing", &["wechat-access-token"]).await;
    let (_one, one) = harness.another().await;
    let (_two, two) = harness.another().await;
    let fetched = wechat_token(&harness.client, APP_ID, &key).await;
    assert!(fetched.body["expiresIn"].as_u64().unwrap() > 7000);
    // Two more instances get the same token six seconds before it is due for renewal.
    harness.simulator.advance(7200 - 306).await;
    for other in [&one, &two] {
        assert_eq!(wechat_token(other, APP_ID, &key).await.token(), fetched.token());
    }
    harness.simulator.advance(10).await;
    let before = harness.simulator.token_fetches().await;
    let asked = Instant::now();
    let renewed = loop {
        assert!(asked.elapsed() < Duration::from_mins(1), "the token is not renewed");
        let calls = (0..200).map(|n| wechat_token([&one, &two][n % 2], APP_ID, &key));
        let answers = join_all(calls).await;
        let renewed = |answer: &&Answer| answer.token() != fetched.token();
        if answers.iter().filter(renewed).count() == answers.len() {
            break answers[0].token().to_owned();
        }
    };
    for other in [&one, &two] {
        assert_eq!(wechat_token(other, APP_ID, &key).await.token(), renewed);
    }
    assert_eq!(harness.simulator.token_fetches().await, before + 2);

    // Two instances without a token ask once each and get the same token.
    let (_third, third) = harness.another().await;
    let (_fourth, fourth) = harness.another().await;
    let before = harness.simulator.token_fetches().await;
    let calls = (0..200).map(|n| wechat_token([&third, &fourth][n % 2], APP_ID, &key));
    for answer in join_all(calls).await {
        assert_eq!(answer.token(), renewed);
    }
    assert!(harness.simulator.token_fetches().await <= before + 2);
}

#[tokio::test]
async fn a_wrong_secret_gives_no_token() {
    let harness = Harness::start(&[(SECRET, "not-the-secret")]).await;
    let key = harness.api_key("billing", &["wechat-access-token"]).await;
    let refused = wechat_token(&harness.client, APP_ID, &key).await;
    assert_eq!((refused.status, refused.problem()), (502, "wechat_misconfigured"));
    assert!(harness.wxlogin.log().contains("AppSecret"));
    let unavailable = json!([{"call": "stable_token", "fault": "badGateway"}]);
    let harness = Harness::start(&[]).await;
    let key = harness.api_key("billing", &["wechat-access-token"]).await;
    harness.simulator.set_faults(&unavailable).await;
    let refused = wechat_token(&harness.client, APP_ID, &key).await;
    assert_eq!((refused.status, refused.problem()), (503, "wechat_unavailable"));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
}

#[tokio::test]
async fn the_second_secret_is_used_without_sending_a_code_twice() {
    let harness = Harness::start(&[(SECRET, "not-the-secret"), (SECOND_SECRET, APP_SECRET)]).await;
    for openid in ["oAlice", "oBob"] {
        let code = harness.simulator.code(openid).await;
        assert_eq!(harness.client.login(&code).await.status, 200);
        assert_eq!(harness.simulator.exchanges(&code).await, 1);
    }
    let key = harness.api_key("billing", &["wechat-access-token"]).await;
    assert_eq!(wechat_token(&harness.client, APP_ID, &key).await.status, 200);
}

#[tokio::test]
async fn check_config_online_reports_what_is_wrong() {
    let harness = Harness::start(&[]).await;
    let base = harness.simulator.base.as_str();
    for (settings, fault, works, words) in [
        (&[][..], None, true, &["WeChat accepts the secret"][..]),
        (&[(SECRET, "wrong")], None, false, &["AppSecret is wrong", "40125"]),
        (&[], Some(40164), false, &["127.0.0.1", "whitelist"]),
        (&[], Some(40243), false, &["frozen"]),
        (&[("WXLOGIN__WECHAT__BASE_URL", "http://127.0.0.1:9")], None, false, &["not available"]),
        (
            &[(SECRET, "wrong"), (SECOND_SECRET, APP_SECRET)],
            None,
            true,
            &["WeChat accepts second_secret", ": secret: ", "AppSecret is wrong"],
        ),
    ] {
        let faults = fault
            .map(|number| json!({"call": "stable_token", "fault": "errcode", "errcode": number}));
        harness.simulator.set_faults(&faults.into_iter().collect()).await;
        let checked = check_online(&harness, base, settings).await;
        assert_eq!(checked.success, works, "{checked:?}");
        for word in words {
            assert!(checked.output.contains(word), "{word}: {checked:?}");
        }
        assert!(!checked.output.contains(APP_SECRET));
        assert_eq!(checked.log.contains(APP_ID), !works, "{checked:?}");
    }
}

async fn check_online(harness: &Harness, base: &str, settings: &[(&str, &str)]) -> Finished {
    let mut all = required_settings(&harness.database);
    all.push(("WXLOGIN__WECHAT__UNOFFICIAL".into(), "true".into()));
    all.push(("WXLOGIN__WECHAT__BASE_URL".into(), base.into()));
    all.extend(settings.iter().map(|(name, value)| ((*name).into(), (*value).into())));
    Process::run(&["check-config", "--online"], &all).await
}

/// Signs a person in to an app.
async fn sign_in(harness: &Harness, app_id: &str, openid: &str) -> Answer {
    let code = harness.simulator.code_in(app_id, openid).await;
    harness.client.post("/v1/login", &json!({ "appId": app_id, "code": code })).await
}

#[tokio::test]
async fn the_same_person_in_two_apps_is_reported_and_merged() {
    let harness = Harness::start_with_another_app(OTHER_APP_ID).await;
    let admin = harness.api_key("support", &["admin"]).await;
    let ask = |method, path: String, body| {
        let (harness, admin) = (&harness, &admin);
        async move { admin_request(harness, method, &path, admin, &body).await }
    };
    let conflicts = || ask(Method::GET, "/v1/admin/conflicts".into(), Value::Null);
    let one = sign_in(&harness, APP_ID, "oOne").await;
    let two = sign_in(&harness, OTHER_APP_ID, "oTwo").await;
    assert_ne!(one.user_id(), two.user_id());
    assert_eq!(conflicts().await.body["conflicts"], json!([]));
    harness.simulator.set_unionid(APP_ID, "oOne", "uAlice").await;
    harness.simulator.set_unionid(OTHER_APP_ID, "oTwo", "uAlice").await;
    sign_in(&harness, APP_ID, "oOne").await.token();
    assert_eq!(sign_in(&harness, OTHER_APP_ID, "oTwo").await.user_id(), two.user_id());
    let reported = conflicts().await;
    let reported = reported.body["conflicts"].as_array().unwrap();
    assert_eq!(reported.len(), 1);
    let conflict = &reported[0];
    assert_eq!((&conflict["appId"], &conflict["openId"]), (&json!(OTHER_APP_ID), &json!("oTwo")));
    assert_eq!(conflict["unionId"], "uAlice");
    assert_eq!(conflict["userId"], two.user_id());
    assert_eq!(conflict["owner"], one.user_id());

    let merge =
        |body: Value| ask(Method::POST, format!("/v1/admin/users/{}/merge", one.user_id()), body);
    let body = json!({ "from": two.user_id(), "reason": "same-person" });
    let planned = merge(body.clone()).await;
    assert_eq!((&planned.body["dryRun"], &planned.body["status"]), (&json!(true), &json!(1)));
    assert_eq!(conflicts().await.body["conflicts"].as_array().unwrap().len(), 1);
    assert_eq!(harness.client.me(two.token()).await.body["id"], two.user_id());

    let body = json!({ "from": two.user_id(), "reason": "same-person", "dryRun": false });
    let merged = merge(body.clone()).await;
    assert_eq!((merged.status, &merged.body["dryRun"]), (200, &json!(false)));
    assert_eq!(merged.body["winner"], one.user_id());
    assert_eq!(merged.body["loser"], two.user_id());
    assert_eq!(conflicts().await.body["conflicts"], json!([]));
    assert_eq!(harness.client.me(two.token()).await.problem(), "token_invalid");
    for login in [&one, &two] {
        let refresh = json!({ "refreshToken": login.body["refreshToken"] });
        let refreshed = harness.client.post("/v1/token/refresh", &refresh).await;
        assert_eq!(harness.client.me(refreshed.token()).await.body["id"], one.user_id());
    }
    assert_eq!(sign_in(&harness, OTHER_APP_ID, "oTwo").await.user_id(), one.user_id());
    let again = merge(body).await;
    assert_eq!((again.status, again.problem()), (400, "invalid_request"));
    let audit = ask(Method::GET, "/v1/admin/audit".into(), Value::Null).await;
    let events = audit.body["events"].as_array().unwrap();
    for login in [&one, &two] {
        let event = events.iter().find(|event| event["userId"] == login.body["user"]["id"]);
        let event = event.unwrap();
        assert_eq!(
            (&event["action"], &event["actor"]),
            (&json!("users_merged"), &json!("support"))
        );
        assert_eq!(event["reason"], json!("same-person"));
    }
}

#[tokio::test]
async fn a_merge_keeps_a_ban() {
    let harness = Harness::start_with_another_app(OTHER_APP_ID).await;
    let admin = harness.api_key("support", &["admin"]).await;
    let one = sign_in(&harness, APP_ID, "oOne").await;
    let two = sign_in(&harness, OTHER_APP_ID, "oTwo").await;
    let path = format!("/v1/admin/users/{}", two.user_id());
    let ban = json!({ "status": 0, "reason": "spam" });
    assert_eq!(admin_request(&harness, Method::POST, &path, &admin, &ban).await.status, 200);
    let path = format!("/v1/admin/users/{}/merge", one.user_id());
    let merge = json!({ "from": two.user_id(), "reason": "same-person", "dryRun": false });
    let merged = admin_request(&harness, Method::POST, &path, &admin, &merge).await;
    assert_eq!((merged.status, &merged.body["status"]), (200, &json!(0)));
    for (app_id, openid) in [(APP_ID, "oOne"), (OTHER_APP_ID, "oTwo")] {
        assert_eq!(sign_in(&harness, app_id, openid).await.problem(), "user_disabled");
    }
    for login in [&one, &two] {
        let refresh = json!({ "refreshToken": login.body["refreshToken"] });
        let refused = harness.client.post("/v1/token/refresh", &refresh).await;
        assert_eq!(refused.problem(), "user_disabled");
    }
}
