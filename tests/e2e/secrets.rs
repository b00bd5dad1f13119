//! Nothing secret is in any log line, at any level, nor in an answer it does not belong to.

use serde_json::json;

use crate::support::faults::{ERRCODES, errcode, no_answers};
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
    let errcodes = ERRCODES.map(|(number, ..)| errcode(number));
    for fault in errcodes.into_iter().chain(no_answers()) {
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
