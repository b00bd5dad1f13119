//! `GET /sns/jscode2session`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::harness::{APP, OTHER_APP, OTHER_SECRET, SECRET, Sim, assert_error, json_of, text};

#[tokio::test]
async fn success_is_plain_text_without_errcode() {
    let sim = Sim::start().await;
    let (code, openid) = sim.code(json!({"appId": APP})).await;
    assert_eq!(code.len(), 32);
    assert!(code.starts_with('0'));
    assert_eq!(openid.len(), 28);
    assert!(openid.starts_with('o'));

    let response = sim.raw_exchange(&code).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain");
    let answer = json_of(response).await;
    assert_eq!(text(&answer, "openid"), openid);
    let key = BASE64_STANDARD.decode(text(&answer, "session_key")).unwrap();
    assert_eq!(key.len(), 16);
    assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
}

#[tokio::test]
async fn a_code_works_once_and_in_one_app() {
    let sim = Sim::start().await;
    let code = sim.fresh_code().await;

    let elsewhere = sim.exchange_request(OTHER_APP, OTHER_SECRET, &code);
    let elsewhere = json_of(elsewhere.send().await.unwrap()).await;
    assert_eq!(elsewhere["errcode"], 40029);

    assert!(sim.exchange(&code).await.get("errcode").is_none());
    assert_error(&sim.exchange(&code).await, 40163, "code been used,");
}

#[tokio::test]
async fn errors_are_those_of_wechat() {
    let sim = Sim::start().await;
    let code = sim.fresh_code().await;
    let good = [
        ("appid", APP),
        ("secret", SECRET),
        ("js_code", code.as_str()),
        ("grant_type", "authorization_code"),
    ];
    let cases = [
        ("appid", "", 41002, "appid missing,"),
        ("secret", "", 41004, "appsecret missing,"),
        ("js_code", "", 41008, "missing code,"),
        ("grant_type", "", 40002, "invalid grant_type,"),
        ("grant_type", "client_credential", 40002, "invalid grant_type,"),
        ("appid", "wxunknown", 40013, "invalid appid,"),
        ("secret", OTHER_SECRET, 40125, "invalid appsecret,"),
        ("js_code", "0nobodys", 40029, "invalid code,"),
    ];
    for (name, value, errcode, message) in cases {
        let changed = good.map(|(n, v)| if n == name { (n, value) } else { (n, v) });
        let left_out: Vec<_> = changed.into_iter().filter(|(_, v)| !v.is_empty()).collect();
        for query in [changed.as_slice(), left_out.as_slice()] {
            let response = sim.code2session(query).send().await.unwrap();
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], "text/plain");
            assert_error(&json_of(response).await, errcode, message);
        }
    }
    assert!(sim.exchange(&code).await.get("openid").is_some(), "the code is still valid");
}

#[tokio::test]
async fn the_parameters_of_a_post_are_ignored() {
    let sim = Sim::start().await;
    let code = sim.fresh_code().await;
    let url = sim.exchange_request(APP, SECRET, &code).build().unwrap();
    let post = sim.http.post(url.url().clone()).body("{}").send().await;
    assert_error(&json_of(post.unwrap()).await, 41002, "appid missing,");
    assert!(sim.exchange(&code).await.get("openid").is_some());
}

#[tokio::test]
async fn a_code_lives_five_minutes_of_simulated_time() {
    let sim = Sim::start().await;
    let (early, late) = (sim.fresh_code().await, sim.fresh_code().await);
    sim.advance(290).await;
    assert!(sim.exchange(&early).await.get("openid").is_some());
    sim.advance(20).await;
    assert_error(&sim.exchange(&late).await, 40029, "invalid code,");
    sim.fresh_code().await;
    assert_error(&sim.exchange(&late).await, 40029, "invalid code,");
}

#[tokio::test]
async fn a_login_changes_the_session_key_after_30_seconds() {
    let sim = Sim::start().await;
    let person = json!({"appId": APP, "openid": "o-alice"});
    let mut keys = Vec::new();
    for wait in [0, 1, 31] {
        sim.advance(wait).await;
        let (code, openid) = sim.code(person.clone()).await;
        assert_eq!(openid, "o-alice");
        keys.push(text(&sim.exchange(&code).await, "session_key"));
    }
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[1], keys[2]);
}

#[tokio::test]
async fn one_person_has_an_openid_in_each_app_and_one_unionid() {
    let sim = Sim::start().await;
    let (code, here) = sim.code(json!({"appId": APP, "unionid": "u-alice"})).await;
    assert_eq!(sim.exchange(&code).await["unionid"], "u-alice");

    let wanted = json!({"appId": OTHER_APP, "unionid": "u-alice"});
    let (code, there) = sim.code(wanted).await;
    assert_ne!(here, there);
    let answer = sim.exchange_request(OTHER_APP, OTHER_SECRET, &code);
    let answer = json_of(answer.send().await.unwrap()).await;
    assert_eq!(answer["openid"], there.as_str());
    assert_eq!(answer["unionid"], "u-alice");

    let (_, again) = sim.code(json!({"appId": APP, "unionid": "u-alice"})).await;
    assert_eq!(again, here);
}

#[tokio::test]
async fn a_unionid_added_later_is_kept() {
    let sim = Sim::start().await;
    let (code, openid) = sim.code(json!({"appId": APP})).await;
    assert_eq!(sim.exchange(&code).await.get("unionid"), None);
    let wanted = json!({"appId": APP, "openid": openid, "unionid": "u-late"});
    sim.code(wanted).await;
    let (code, _) = sim.code(json!({"appId": APP, "openid": openid})).await;
    assert_eq!(sim.exchange(&code).await["unionid"], "u-late");
}

#[tokio::test]
async fn unknown_paths_get_status_200_and_an_error_code() {
    let sim = Sim::start().await;
    for path in ["/cgi-bin/nothing", "/cgi-bin/token/", "/sns", "/simx"] {
        for request in [sim.http.get(sim.url(path)), sim.http.post(sim.url(path))] {
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 200, "{path}");
            assert_eq!(response.headers()["content-type"], "text/plain");
            assert_error(&json_of(response).await, 40066, "invalid url");
        }
    }
}
