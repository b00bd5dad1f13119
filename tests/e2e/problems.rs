//! Invalid requests are answered with problems.

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::Harness;

#[tokio::test]
async fn errors_explain_a_request_without_repeating_it() {
    let harness = Harness::start(&[]).await;
    let post = |body: String| {
        let request = harness.client.request(Method::POST, "/v1/login");
        harness.client.send(request.header("content-type", "application/json").body(body))
    };
    let long = format!(r#"{{"code":"{}"}}"#, "x".repeat(20_000));
    for (body, status, problem) in [
        ("hunter2".into(), 400, "invalid_request"),
        (String::new(), 400, "invalid_request"),
        ("null".into(), 400, "invalid_request"),
        ("[]".into(), 400, "invalid_request"),
        ("{}".into(), 400, "invalid_request"),
        (r#"{"code":12345}"#.into(), 400, "invalid_request"),
        (r#"{"code":true}"#.into(), 400, "invalid_request"),
        (r#"{"code":null}"#.into(), 400, "invalid_request"),
        (r#"{"code":"x","nickName":"hunter2"}"#.into(), 400, "invalid_request"),
        (r#"{"code":"x","code":"hunter2"}"#.into(), 400, "invalid_request"),
        (r#"{"code":"x"} hunter2"#.into(), 400, "invalid_request"),
        (r#"{"code":"hunter2 hunter2"}"#.into(), 400, "login_code_invalid"),
        (r#"{"code":""}"#.into(), 400, "login_code_invalid"),
        ("[".repeat(10_000), 400, "invalid_request"),
        (long, 413, "payload_too_large"),
    ] {
        let answer = post(body.clone()).await;
        assert_eq!((answer.status, answer.problem()), (status, problem), "{body}");
        assert!(!answer.text.contains("hunter2"), "{body}: {}", answer.text);
    }
    let missing = post("{}".into()).await;
    assert_eq!(missing.body["detail"], "The field `code` is missing.");
    let typo = post(r#"{"nickName":"x"}"#.into()).await;
    assert!(typo.body["detail"].as_str().unwrap().contains("`nickname`"), "{typo:?}");
}

#[tokio::test]
async fn only_json_bodies_are_accepted() {
    let harness = Harness::start(&[]).await;
    for media_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonp"),
    ] {
        let mut request = harness.client.request(Method::POST, "/v1/login").body(r#"{"code":"x"}"#);
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        let answer = harness.client.send(request).await;
        assert_eq!((answer.status, answer.problem()), (415, "unsupported_media_type"));
    }
    let request = harness.client.request(Method::POST, "/v1/login").body("{}");
    let answer = harness
        .client
        .send(request.header("content-type", "Application/JSON; charset=UTF-8"))
        .await;
    assert_eq!(answer.problem(), "invalid_request");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let harness = Harness::start(&[]).await;
    for path in ["/nope", "/v1", "/v1/nope", "/v1/login/", "/v1//me", "/%00", "/docs/nope"] {
        let answer = harness.client.send(harness.client.request(Method::GET, path)).await;
        assert_eq!((answer.status, answer.problem()), (404, "not_found"), "{path}");
    }
    for (method, path) in [
        (Method::GET, "/v1/login"),
        (Method::DELETE, "/v1/login"),
        (Method::POST, "/healthz"),
        (Method::PATCH, "/v1/me"),
        (Method::POST, "/openapi.json"),
    ] {
        let answer = harness.client.send(harness.client.request(method, path)).await;
        assert_eq!((answer.status, answer.problem()), (405, "method_not_allowed"), "{path}");
    }
}

#[tokio::test]
async fn every_invalid_token_is_the_same_problem() {
    let harness = Harness::start(&[]).await;
    let token = harness.sign_in("oAlice").await.token().to_owned();
    let me = || harness.client.request(Method::GET, "/v1/me");
    let (head, _) = token.rsplit_once('.').unwrap();
    for (request, problem) in [
        (me(), "token_missing"),
        (me().header("authorization", "Basic dXNlcjpwYXNz"), "token_missing"),
        (me().header("authorization", "Bearer"), "token_missing"),
        (me().header("authorization", token.clone()), "token_missing"),
        (me().header("token", token.clone()), "token_missing"),
        (me().bearer_auth(format!("\"{token}\"")), "token_missing"),
        (me().bearer_auth("x"), "token_invalid"),
        (me().bearer_auth(head), "token_invalid"),
        (me().bearer_auth(format!("{token}x")), "token_invalid"),
        (me().bearer_auth("x".repeat(6000)), "token_invalid"),
    ] {
        let answer = harness.client.send(request).await;
        assert_eq!((answer.status, answer.problem()), (401, problem));
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        assert!(!answer.text.contains(head));
    }
    let answer = harness.client.send(me().query(&[("access_token", &token)])).await;
    assert_eq!((answer.status, answer.problem()), (400, "invalid_request"));
    assert!(!answer.text.contains(head));
}

#[tokio::test]
async fn a_body_that_does_not_arrive_times_out() {
    let harness = Harness::start(&[("WXLOGIN__SERVER__BODY_TIMEOUT_SECONDS", "1")]).await;
    let address = harness.client.base.trim_start_matches("http://").to_owned();
    let mut connection = tokio::net::TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /v1/login HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 2048];
    let read = connection.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("request_timeout"), "{answer}");
}

#[tokio::test]
async fn failed_logins_are_limited_per_address() {
    let harness = Harness::start(&[
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "3"),
        ("WXLOGIN__SERVER__TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let login_from = |address: &'static str, code: String| {
        let request = harness.client.request(Method::POST, "/v1/login");
        let request = request.header("x-forwarded-for", address).json(&json!({ "code": code }));
        harness.client.send(request)
    };
    for guess in 0..3 {
        let answer = login_from("192.0.2.1", format!("guess{guess}")).await;
        assert_eq!(answer.problem(), "login_code_invalid");
    }
    let code = harness.simulator.code("oAlice").await;
    let limited = login_from("192.0.2.1", code.clone()).await;
    assert_eq!((limited.status, limited.problem()), (429, "rate_limited"));
    assert!(limited.header("retry-after").parse::<u32>().unwrap() <= 20);
    assert_eq!(harness.simulator.exchanges(&code).await, 0);
    assert_eq!(login_from("192.0.2.2", code).await.status, 200, "other addresses are not limited");
}

#[tokio::test]
async fn documents_and_probes_are_served() {
    let harness = Harness::start(&[]).await;
    let get = |path: &'static str| harness.client.send(harness.client.request(Method::GET, path));
    assert_eq!(get("/healthz").await.body["status"], "ok");
    assert_eq!(get("/readyz").await.body["status"], "ready");
    assert_eq!(get("/openapi.json").await.body["info"]["title"], "wxlogin");
    let yaml = get("/openapi.yaml").await;
    assert!(yaml.text.starts_with(
        "openapi: 3.0.0
"
    ));
    let docs = get("/docs").await;
    assert!(docs.text.contains("SwaggerUIBundle"));
    let compressed = harness.client.request(Method::GET, "/docs").header("accept-encoding", "gzip");
    let compressed = compressed.send().await.unwrap();
    assert_eq!(compressed.headers()["content-encoding"], "gzip");
    assert!(compressed.bytes().await.unwrap().len() * 3 < docs.text.len());
    let known = harness.client.request(Method::GET, "/docs");
    let known = known.header("if-none-match", docs.header("etag"));
    assert_eq!(harness.client.send(known).await.status, 304);
}
