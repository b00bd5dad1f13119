//! `GET /cgi-bin/token`, `POST /cgi-bin/stable_token`, and using their tokens.

use serde_json::{Value, json};

use crate::harness::{APP, OTHER_APP, OTHER_SECRET, SECRET, Sim, assert_error, json_of, text};

const GOOD: [(&str, &str); 3] =
    [("grant_type", "client_credential"), ("appid", APP), ("secret", SECRET)];

async fn plain_token(sim: &Sim) -> String {
    text(&sim.query("/cgi-bin/token", &GOOD).await, "access_token")
}

async fn stable_token(sim: &Sim, force_refresh: bool) -> String {
    text(&sim.stable_token(force_refresh).await, "access_token")
}

/// The response to a call with this token and an unknown openid: 40003 if the token is valid.
async fn use_token(sim: &Sim, token: &str) -> Value {
    let query = [("access_token", token), ("openid", "o-nobody")];
    sim.query("/wxa/checksession", &query).await
}

async fn assert_valid(sim: &Sim, token: &str) {
    assert_error(&use_token(sim, token).await, 40003, "invalid openid");
}

/// Asserts that the token is refused as invalid or not the latest.
async fn assert_invalid(sim: &Sim, token: &str) {
    let message = "invalid credential, access_token is invalid or not latest, could get \
                   access_token by getStableAccessToken, more details at \
                   https://mmbizurl.cn/s/JtxxFh33r";
    assert_error(&use_token(sim, token).await, 40001, message);
}

async fn assert_expired(sim: &Sim, token: &str) {
    assert_error(&use_token(sim, token).await, 42001, "access_token expired");
}

#[tokio::test]
async fn success_is_plain_text_without_errcode() {
    let sim = Sim::start().await;
    let plain = sim.http.get(sim.url("/cgi-bin/token")).query(&GOOD);
    let body: Value = GOOD.iter().map(|(name, value)| (*name, *value)).collect();
    let stable = sim.http.post(sim.url("/cgi-bin/stable_token")).body(body.to_string());
    for (request, characters) in [(plain, 157), (stable, 512)] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/plain");
        let answer = json_of(response).await;
        assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
        assert_eq!(answer["expires_in"], 7200);
        let token = text(&answer, "access_token");
        assert_eq!(token.len(), characters);
        assert_valid(&sim, &token).await;
    }
}

#[tokio::test]
async fn errors_are_those_of_wechat() {
    let sim = Sim::start().await;
    for (name, value, errcode, message) in [
        ("appid", "", 41002, "appid missing"),
        ("secret", "", 41004, "appsecret missing"),
        ("grant_type", "", 40002, "invalid grant_type"),
        ("grant_type", "authorization_code", 40002, "invalid grant_type"),
        ("appid", "wxunknown", 40013, "invalid appid"),
        ("secret", OTHER_SECRET, 40125, "invalid appsecret"),
    ] {
        let changed = GOOD.map(|(n, v)| if n == name { (n, value) } else { (n, v) });
        assert_error(&sim.query("/cgi-bin/token", &changed).await, errcode, message);
        let body: Value = changed.into_iter().collect();
        assert_error(&sim.post_json("/cgi-bin/stable_token", body).await, errcode, message);
    }
}

#[tokio::test]
async fn a_stable_token_is_requested_with_a_json_post() {
    let sim = Sim::start().await;
    let url = sim.url("/cgi-bin/stable_token");
    let form = "grant_type=client_credential&appid=wxdev0000000000001&secret=two";
    for body in ["", "{", "[]", form] {
        let response = sim.http.post(&url).query(&GOOD).body(body).send().await.unwrap();
        assert_error(&json_of(response).await, 41002, "appid missing");
    }
    let get = sim.query("/cgi-bin/stable_token", &GOOD).await;
    assert_error(&get, 43002, "require POST method");
    let post = sim.http.post(sim.url("/cgi-bin/token")).query(&GOOD).send().await.unwrap();
    assert_error(&json_of(post).await, 43001, "require GET method");
}

#[tokio::test]
async fn each_plain_token_ends_the_one_before_after_five_minutes() {
    let sim = Sim::start().await;
    let first = plain_token(&sim).await;
    sim.advance(1000).await;
    let second = plain_token(&sim).await;
    assert_ne!(first, second);
    sim.advance(290).await;
    assert_valid(&sim, &first).await;
    assert_valid(&sim, &second).await;
    sim.advance(20).await;
    assert_invalid(&sim, &first).await;
    assert_valid(&sim, &second).await;
}

#[tokio::test]
async fn a_token_that_is_not_replaced_expires_after_two_hours() {
    let sim = Sim::start().await;
    let (plain, stable) = (plain_token(&sim).await, stable_token(&sim, false).await);
    sim.advance(7190).await;
    assert_valid(&sim, &plain).await;
    assert_valid(&sim, &stable).await;
    sim.advance(20).await;
    assert_expired(&sim, &plain).await;
    assert_expired(&sim, &stable).await;

    // A new token does not revive the old ones, and after a day they are unknown.
    plain_token(&sim).await;
    stable_token(&sim, false).await;
    assert_expired(&sim, &plain).await;
    sim.advance(24 * 3600).await;
    plain_token(&sim).await;
    assert_invalid(&sim, &plain).await;
}

#[tokio::test]
async fn a_stable_token_is_the_same_until_its_last_five_minutes() {
    let sim = Sim::start().await;
    let first = stable_token(&sim, false).await;
    sim.advance(6000).await;
    let again = sim.stable_token(false).await;
    assert_eq!(again["access_token"], first.as_str());
    let left = again["expires_in"].as_u64().unwrap();
    assert!((1190..=1200).contains(&left), "{left}");

    sim.advance(910).await;
    let renewed = sim.stable_token(false).await;
    assert_eq!(renewed["expires_in"], 7200);
    let renewed = text(&renewed, "access_token");
    assert_ne!(renewed, first);
    sim.advance(295).await;
    assert_valid(&sim, &first).await;
    assert_valid(&sim, &renewed).await;
    sim.advance(10).await;
    assert_invalid(&sim, &first).await;
    assert_eq!(stable_token(&sim, false).await, renewed);
}

#[tokio::test]
async fn a_forced_refresh_ends_all_earlier_stable_tokens_at_once() {
    let sim = Sim::start().await;
    let first = stable_token(&sim, false).await;
    sim.advance(7000).await;
    let second = stable_token(&sim, false).await;
    let third = stable_token(&sim, true).await;
    assert_ne!(second, third);
    assert_invalid(&sim, &first).await;
    assert_invalid(&sim, &second).await;
    assert_valid(&sim, &third).await;
    assert_eq!(stable_token(&sim, false).await, third);
}

#[tokio::test]
async fn a_refresh_is_forced_at_most_every_30_seconds_and_20_times_a_day() {
    let sim = Sim::start().await;
    let mut current = stable_token(&sim, true).await;
    sim.advance(20).await;
    assert_eq!(stable_token(&sim, true).await, current, "less than 30 seconds later");

    // Start a new day, so that all of the following is on the same day.
    let day_left = |now: u64| 86_400 - (now / 1000 + 8 * 3600) % 86_400;
    let now = sim.get("/sim/clock").await["now"].as_u64().unwrap();
    sim.advance(day_left(now) + 1).await;
    for refresh in 1..=20 {
        let next = stable_token(&sim, true).await;
        assert_ne!(next, current, "{refresh}");
        current = next;
        sim.advance(31).await;
    }
    assert_eq!(stable_token(&sim, true).await, current, "the 21st of the day");
    assert_valid(&sim, &current).await;

    sim.advance(86_400).await;
    assert_ne!(stable_token(&sim, true).await, current, "the next day");
}

#[tokio::test]
async fn plain_and_stable_tokens_do_not_affect_each_other() {
    let sim = Sim::start().await;
    let stable = stable_token(&sim, false).await;
    let plain = plain_token(&sim).await;
    plain_token(&sim).await;
    assert_eq!(stable_token(&sim, false).await, stable);
    stable_token(&sim, true).await;
    assert_valid(&sim, &plain).await;
    sim.advance(301).await;
    assert_invalid(&sim, &plain).await;
}

#[tokio::test]
async fn each_app_has_its_own_tokens() {
    let sim = Sim::start().await;
    let body = json!({
        "grant_type": "client_credential",
        "appid": OTHER_APP,
        "secret": OTHER_SECRET,
        "force_refresh": true,
    });
    let mine = stable_token(&sim, false).await;
    let other = text(&sim.post_json("/cgi-bin/stable_token", body).await, "access_token");
    assert_valid(&sim, &mine).await;
    assert_ne!(mine, other);

    // A token is valid for the people of its app only.
    let (openid, _) = sim.person().await;
    for (token, errcode) in [(&mine, 87008), (&other, 40003)] {
        let query = [("access_token", token.as_str()), ("openid", openid.as_str())];
        assert_eq!(sim.query("/wxa/checksession", &query).await["errcode"], errcode);
    }
}

#[tokio::test]
async fn every_call_that_takes_a_token_checks_it() {
    let sim = Sim::start().await;
    let unknown = format!("98_{}", "x".repeat(154));
    let too_long = format!("98_{}", "x".repeat(1000));
    for path in [
        "/wxa/business/getuserphonenumber",
        "/wxa/checksession",
        "/wxa/resetusersessionkey",
        "/wxa/business/checkencryptedmsg",
    ] {
        for (token, errcode) in [
            (None, 41001),
            (Some(""), 41001),
            (Some("undefined"), 40001),
            (Some("98_x y"), 40001),
            (Some(too_long.as_str()), 40001),
            (Some(unknown.as_str()), 40001),
        ] {
            let query: Vec<_> = token.map(|token| ("access_token", token)).into_iter().collect();
            let get = sim.query(path, &query).await;
            assert_eq!(get["errcode"], errcode, "{path} {token:?}");
            let post = sim.http.post(sim.url(path)).query(&query).body("{}");
            let post = json_of(post.send().await.unwrap()).await;
            assert_eq!(post["errcode"], errcode, "{path} {token:?}");
        }
    }
}

#[tokio::test]
async fn an_invented_token_is_invalid_whatever_its_shape() {
    let sim = Sim::start().await;
    for token in ["undefined", "fake_token_0000", "[object Object]", "98_x"] {
        assert_invalid(&sim, token).await;
    }
}

#[tokio::test]
async fn a_wrong_method_is_refused() {
    let sim = Sim::start().await;
    let token = sim.token().await;
    let query = [("access_token", token.as_str())];
    for path in ["/wxa/business/getuserphonenumber", "/wxa/business/checkencryptedmsg"] {
        assert_error(&sim.query(path, &query).await, 43002, "require POST method");
    }
    for path in ["/wxa/checksession", "/wxa/resetusersessionkey"] {
        let post = sim.http.post(sim.url(path)).query(&query).send().await.unwrap();
        assert_error(&json_of(post).await, 43001, "require GET method");
    }
}
