//! Nothing secret is in any log line, at any level, nor in an answer it does not belong to.

use serde_json::json;

use crate::support::{APP_SECRET, House, MASTER_KEY};

#[tokio::test]
async fn a_run_at_trace_level_shows_no_secret() {
    let house = House::start(&[
        ("WXLOGIN__LOG__FILTER", "trace,reqwest=trace,hyper=trace,sqlx=trace,poem=trace"),
        ("WXLOGIN__WECHAT__TIMEOUT_MS", "1000"),
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "1000"),
    ])
    .await;
    let mut secrets = vec![APP_SECRET.to_owned(), MASTER_KEY.to_owned()];

    // Sign-in by both contracts, and what the tokens are good for.
    let code = house.simulator.code("oSuccess").await;
    let signed_in = house.client.login(&code).await;
    secrets.extend([code.clone(), signed_in.token().to_owned()]);
    secrets.extend(house.simulator.session_keys().await);
    assert_eq!(house.client.me(signed_in.token()).await.status, 200);
    assert_eq!(house.client.login(&code).await.status, 409);
    let code = house.simulator.code("oSuccess").await;
    let request =
        json!({ "code": code, "avatarUrl": "https://cdn.example.com/a", "userName": "爱丽丝" });
    let original = house.client.post("/wxLogin", &request).await;
    secrets.extend([code, original.body["data"]["token"].as_str().unwrap().to_owned()]);
    secrets.extend(house.simulator.session_keys().await);

    // Everything WeChat can do.
    for fault in [
        json!({"fault": "errcode", "errcode": -1}),
        json!({"fault": "errcode", "errcode": 40029}),
        json!({"fault": "errcode", "errcode": 40163}),
        json!({"fault": "errcode", "errcode": 40226}),
        json!({"fault": "errcode", "errcode": 45011}),
        json!({"fault": "errcode", "errcode": 40125}),
        json!({"fault": "errcode", "errcode": 40164}),
        json!({"fault": "delay", "delayMs": 30_000}),
        json!({"fault": "dropBefore"}),
        json!({"fault": "dropAfter"}),
        json!({"fault": "html"}),
        json!({"fault": "badGateway"}),
        json!({"fault": "empty"}),
        json!({"fault": "truncated"}),
        json!({"fault": "huge"}),
        json!({"fault": "noSessionKey"}),
        json!({"fault": "noOpenid"}),
        json!({"fault": "shortSessionKey"}),
    ] {
        let mut fault = fault;
        fault["call"] = json!("code2session");
        let code = house.simulator.code("oFailedPerson").await;
        house.simulator.faults(&json!([fault])).await;
        let answer = house.client.login(&code).await;
        assert_ne!(answer.status, 200, "{fault}");
        for secret in [code.as_str(), "oFailedPerson", APP_SECRET] {
            assert!(!answer.text.contains(secret), "{fault}: {}", answer.text);
        }
        secrets.push(code);
    }
    house.simulator.faults(&json!([])).await;
    secrets.push("oFailedPerson".into());
    secrets.extend(house.simulator.session_keys().await);

    // Everything a client can do wrong.
    for body in [
        json!({ "code": "s3cret code with blanks" }),
        json!({ "code": "s3cretCodeOfNobody" }),
        json!({ "code": 1, "nickname": "s3cret" }),
        json!({ "s3cret": 1 }),
    ] {
        assert!(house.client.post("/v1/login", &body).await.status >= 400);
    }
    let get = |path: &str| house.client.request(reqwest::Method::GET, path);
    house.client.send(get("/v1/me").bearer_auth("s3cret")).await;
    house.client.send(get("/s3cret?token=s3cret")).await;
    secrets.push("s3cret".into());

    house.wxlogin.terminate().await;
    let ended = house.wxlogin.finish().await;
    assert!(ended.success, "{}", ended.log);
    let log = ended.log;
    assert!(log.contains(r#""level":"DEBUG""#), "the run was verbose");
    assert!(secrets.len() > 24);
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is in the log");
    }
}
