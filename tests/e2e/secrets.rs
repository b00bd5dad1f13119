//! No secret is in any log line, at any level, or in an answer to somebody else.

use serde_json::json;

use crate::support::faults::{ERRCODES, errcode, unusable_answers};
use crate::support::{APP_SECRET, Harness, MASTER_KEY};

#[tokio::test]
async fn a_run_at_trace_level_shows_no_secret() {
    let harness = Harness::start(&[
        ("WXLOGIN__LOG__FILTER", "trace,reqwest=trace,hyper=trace,sqlx=trace,poem=trace"),
        ("WXLOGIN__WECHAT__TIMEOUT_MS", "1000"),
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "1000"),
    ])
    .await;
    let mut secrets = vec![APP_SECRET.to_owned(), MASTER_KEY.to_owned()];

    // Logins with both contracts, and calls with their tokens.
    let code = harness.simulator.code("oSuccess").await;
    let signed_in = harness.client.login(&code).await;
    secrets.extend([code.clone(), signed_in.token().to_owned()]);
    secrets.extend(harness.simulator.session_keys().await);
    assert_eq!(harness.client.me(signed_in.token()).await.status, 200);
    assert_eq!(harness.client.login(&code).await.status, 409);
    let code = harness.simulator.code("oSuccess").await;
    let request =
        json!({ "code": code, "avatarUrl": "https://cdn.example.com/a", "userName": "爱丽丝" });
    let original = harness.client.post("/wxLogin", &request).await;
    secrets.extend([code, original.body["data"]["token"].as_str().unwrap().to_owned()]);
    secrets.extend(harness.simulator.session_keys().await);

    // Every failure of WeChat, and a rate limit last, because no code is sent after it.
    let errcodes = ERRCODES.map(|(number, ..)| errcode(number));
    for fault in errcodes.into_iter().chain(unusable_answers()).chain([errcode(45011)]) {
        let mut fault = fault;
        fault["call"] = json!("code2session");
        let code = harness.simulator.code("oFailedPerson").await;
        harness.simulator.set_faults(&json!([fault])).await;
        let answer = harness.client.login(&code).await;
        assert_ne!(answer.status, 200, "{fault}");
        for secret in [code.as_str(), "oFailedPerson", APP_SECRET] {
            assert!(!answer.text.contains(secret), "{fault}: {}", answer.text);
        }
        secrets.push(code);
    }
    harness.simulator.set_faults(&json!([])).await;
    secrets.push("oFailedPerson".into());
    secrets.extend(harness.simulator.session_keys().await);

    // Invalid requests.
    for body in [
        json!({ "code": "s3cret code with blanks" }),
        json!({ "code": "s3cretCodeOfNobody" }),
        json!({ "code": 1, "nickname": "s3cret" }),
        json!({ "s3cret": 1 }),
    ] {
        assert!(harness.client.post("/v1/login", &body).await.status >= 400);
    }
    let get = |path: &str| harness.client.request(reqwest::Method::GET, path);
    harness.client.send(get("/v1/me").bearer_auth("s3cret")).await;
    harness.client.send(get("/s3cret?token=s3cret")).await;
    secrets.push("s3cret".into());

    harness.wxlogin.terminate().await;
    let ended = harness.wxlogin.finish().await;
    assert!(ended.success, "{}", ended.log);
    let log = ended.log;
    assert!(log.contains(r#""level":"DEBUG""#), "the run was verbose");
    assert!(secrets.len() > 24);
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is in the log");
    }
}
