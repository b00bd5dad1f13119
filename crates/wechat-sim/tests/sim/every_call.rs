//! Faults and the log, for every call.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::harness::{APP, SECRET, Sim, json_of, sign, text};

const CALLS: [&str; 7] = [
    "code2session",
    "token",
    "stable_token",
    "getuserphonenumber",
    "checksession",
    "resetusersessionkey",
    "checkencryptedmsg",
];

/// A person who has signed in, with a new code of each kind and an access token.
struct Fixture {
    sim: Sim,
    code: String,
    phone_code: String,
    token: String,
    openid: String,
    session_key: String,
}

impl Fixture {
    async fn start() -> Self {
        let sim = Sim::start().await;
        let (openid, session_key) = sim.person().await;
        let wanted = json!({"appId": APP, "openid": openid});
        let (code, _) = sim.code(wanted.clone()).await;
        let phone_code = sim.control(Method::POST, "/sim/phone-codes", wanted).await;
        let phone_code = text(&phone_code, "code");
        let token = sim.token().await;
        Self { sim, code, phone_code, token, openid, session_key }
    }

    /// A request that succeeds.
    fn request(&self, call: &str) -> RequestBuilder {
        let http = &self.sim.http;
        let wxa = |path| {
            let token = &self.token;
            self.sim.url(&format!("/wxa/{path}?access_token={token}"))
        };
        match call {
            "code2session" => self.sim.exchange_request(APP, SECRET, &self.code),
            "token" => http.get(self.sim.url("/cgi-bin/token")).query(&[
                ("grant_type", "client_credential"),
                ("appid", APP),
                ("secret", SECRET),
            ]),
            "stable_token" => http.post(self.sim.url("/cgi-bin/stable_token")).body(
                json!({"grant_type": "client_credential", "appid": APP, "secret": SECRET})
                    .to_string(),
            ),
            "getuserphonenumber" => http
                .post(wxa("business/getuserphonenumber"))
                .body(json!({"code": self.phone_code, "openid": self.openid}).to_string()),
            "checksession" | "resetusersessionkey" => http.get(wxa(call)).query(&[
                ("openid", self.openid.as_str()),
                ("signature", &sign(self.session_key.as_bytes())),
                ("sig_method", "hmac_sha256"),
            ]),
            "checkencryptedmsg" => {
                http.post(wxa("business/checkencryptedmsg")).body("encrypted_msg_hash=00")
            }
            other => panic!("{other}"),
        }
    }

    async fn send(&self, call: &str) -> Response {
        self.request(call).send().await.unwrap()
    }

    async fn fault(&self, call: &str, mut fault: Value) {
        fault["call"] = call.into();
        self.sim.faults(json!([fault])).await;
    }

    async fn assert_succeeds(&self, call: &str) {
        let answer = json_of(self.send(call).await).await;
        let errcode = answer.get("errcode").and_then(Value::as_i64).unwrap_or_default();
        assert_eq!(errcode, 0, "{call}: {answer}");
    }
}

#[tokio::test]
async fn a_scripted_error_has_no_effect() {
    let fixture = Fixture::start().await;
    for call in CALLS {
        for (errcode, text_part) in [
            (-1, "system error"),
            (45009, "quota"),
            (45011, "minute-quota"),
            (40164, "invalid ip 127.0.0.1"),
            (40243, "frozen"),
            (40001, "invalid or not latest"),
        ] {
            fixture.fault(call, json!({"fault": "errcode", "errcode": errcode})).await;
            let response = fixture.send(call).await;
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], "text/plain");
            let answer = json_of(response).await;
            assert_eq!(answer["errcode"], errcode);
            let errmsg = text(&answer, "errmsg");
            let has_comma = errmsg.contains(", rid: ");
            assert!(errmsg.contains(text_part) && errmsg.contains(" rid: "), "{errmsg}");
            assert_eq!(has_comma, call == "code2session", "{errmsg}");
        }
        fixture.assert_succeeds(call).await;
    }
}

#[tokio::test]
async fn every_call_can_meet_html_delays_and_dropped_connections() {
    let fixture = Fixture::start().await;
    for call in CALLS {
        fixture.fault(call, json!({"fault": "html"})).await;
        assert!(fixture.send(call).await.text().await.unwrap().starts_with("<html>"), "{call}");
        fixture.fault(call, json!({"fault": "dropBefore"})).await;
        fixture.request(call).send().await.expect_err(call);
        fixture.fault(call, json!({"fault": "delay", "delayMs": 60})).await;
        let begun = Instant::now();
        fixture.assert_succeeds(call).await;
        assert!(begun.elapsed() >= Duration::from_millis(60), "{call}");
    }
}

#[tokio::test]
async fn a_call_whose_response_is_lost_was_processed() {
    let fixture = Fixture::start().await;
    let plain = text(&json_of(fixture.send("token").await).await, "access_token");
    for call in ["token", "getuserphonenumber", "resetusersessionkey"] {
        fixture.fault(call, json!({"fault": "dropAfter"})).await;
        fixture.request(call).send().await.expect_err(call);
    }
    let spent = json_of(fixture.send("getuserphonenumber").await).await;
    assert_eq!(spent["errcode"], 40029);
    let invalid = json_of(fixture.send("checksession").await).await;
    assert_eq!(invalid["errcode"], 87009);
    fixture.sim.advance(301).await;
    let superseded = fixture.sim.query("/wxa/checksession", &[("access_token", &plain)]).await;
    assert_eq!(superseded["errcode"], 40001);
}

#[tokio::test]
async fn any_field_can_be_missing() {
    let fixture = Fixture::start().await;
    for (call, field, rest) in [
        ("token", "access_token", "expires_in"),
        ("stable_token", "expires_in", "access_token"),
        ("getuserphonenumber", "phone_info", "errcode"),
        ("resetusersessionkey", "session_key", "openid"),
        ("checkencryptedmsg", "vaild", "create_time"),
    ] {
        fixture.fault(call, json!({"fault": "noField", "field": field})).await;
        let answer = json_of(fixture.send(call).await).await;
        assert!(answer.get(field).is_none() && answer.get(rest).is_some(), "{call}: {answer}");
    }
}

#[tokio::test]
async fn slashes_can_be_escaped() {
    let fixture = Fixture::start().await;
    for call in ["code2session", "resetusersessionkey"] {
        fixture.fault(call, json!({"fault": "escapedSlashes"})).await;
        let body = fixture.send(call).await.text().await.unwrap();
        assert!(body.contains(r#""session_key":"\/"#), "{body}");
        assert_eq!(body.matches('/').count(), body.matches(r"\/").count(), "{body}");
        let answer: Value = serde_json::from_str(&body).unwrap();
        let key = fixture.sim.get("/sim/people").await["people"][0]["sessionKey"].take();
        assert_eq!(answer["session_key"], key, "another form of the same key");
    }
    let plain = fixture.sim.exchange(&fixture.sim.fresh_code().await).await;
    assert!(text(&plain, "session_key").contains('/'));
}

#[tokio::test]
async fn every_call_is_logged_without_a_secret_token_or_key() {
    let fixture = Fixture::start().await;
    let begun = fixture.sim.get("/sim/calls").await["calls"].as_array().unwrap().len();
    let mut secrets = vec![SECRET.to_owned(), fixture.token.clone(), fixture.session_key.clone()];
    secrets.push(sign(fixture.session_key.as_bytes()));
    for call in CALLS {
        let answer = json_of(fixture.send(call).await).await;
        for field in ["access_token", "session_key"] {
            secrets.extend(answer.get(field).and_then(Value::as_str).map(str::to_owned));
        }
    }
    fixture.sim.stable_token(true).await;
    fixture.sim.query("/wxa/checksession", &[("access_token", "98_unknown")]).await;

    let log = fixture.sim.get("/sim/calls").await;
    for secret in secrets {
        assert!(!log.to_string().contains(&secret), "{secret}");
    }
    let mut logged = log["calls"].as_array().unwrap()[begun..].to_vec();
    for call in &mut logged {
        assert!(call.as_object_mut().unwrap().remove("at").is_some());
    }
    let (code, phone_code, openid) = (&fixture.code, &fixture.phone_code, &fixture.openid);
    let ok = json!({"errcode": 0});
    let expected = json!([
        {"call": "code2session", "appId": APP, "code": code, "outcome": ok},
        {"call": "token", "appId": APP, "outcome": ok},
        {"call": "stable_token", "appId": APP, "outcome": ok},
        {"call": "getuserphonenumber", "appId": APP, "code": phone_code, "openid": openid, "outcome": ok},
        {"call": "checksession", "appId": APP, "openid": openid, "outcome": ok},
        {"call": "resetusersessionkey", "appId": APP, "openid": openid, "outcome": ok},
        {"call": "checkencryptedmsg", "appId": APP, "outcome": ok},
        {"call": "stable_token", "appId": APP, "forceRefresh": true, "outcome": ok},
        {"call": "checksession", "outcome": {"errcode": 40001}},
    ]);
    assert_eq!(Value::from(logged), expected);
    let of_phone = fixture.sim.get(&format!("/sim/calls?code={phone_code}")).await;
    assert_eq!(of_phone["calls"].as_array().unwrap().len(), 1);
}
