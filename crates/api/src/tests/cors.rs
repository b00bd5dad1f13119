use poem::http::Method;
use serde_json::json;

use super::apps::APP;
use super::call::{Answer, Call};
use super::harness::{Harness, Settings};

const LISTED: &str = "https://app.example.com";
const OTHER: &str = "http://localhost:5173";

async fn harness() -> Harness {
    Harness::with(Settings { cors_origins: &[LISTED, OTHER], ..Settings::default() }).await
}

fn preflight(path: &str, origin: &str, method: &str) -> Call {
    Call::new(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "authorization,content-type,idempotency-key")
}

/// Returns the values of a header that is a list.
fn list(answer: &Answer, name: &str) -> Vec<String> {
    let values = answer.headers.get_all(name).iter();
    let words = values.flat_map(|value| value.to_str().unwrap().split(','));
    let mut words = words.map(|word| word.trim().to_lowercase()).collect::<Vec<_>>();
    words.sort_unstable();
    words
}

#[tokio::test]
async fn an_allowed_origin_can_read_responses() {
    let harness = harness().await;
    for (origin, path, method) in [
        (LISTED, "/v1/login", "POST"),
        (OTHER, "/v1/me", "DELETE"),
        (OTHER, "/v1/me/avatar", "POST"),
    ] {
        let asked = harness.send_undescribed(preflight(path, origin, method)).await;
        assert_eq!(asked.status, 200, "{asked:?}");
        assert_eq!(asked.header("access-control-allow-origin"), origin);
        let allowed = ["authorization", "content-type", "idempotency-key"];
        assert_eq!(list(&asked, "access-control-allow-headers"), allowed);
        let methods = ["delete", "get", "post", "put"];
        assert_eq!(list(&asked, "access-control-allow-methods"), methods);
        assert_eq!(asked.header("access-control-max-age"), "86400");
        assert_eq!(asked.header("access-control-allow-credentials"), "");
        assert_eq!(list(&asked, "vary"), ["origin"]);
    }
    let body = json!({ "appId": APP, "code": "code-alice-1" });
    let login = harness.send(Call::post("/v1/login").header("origin", LISTED).json(&body)).await;
    login.good();
    assert_eq!(login.header("access-control-allow-origin"), LISTED);
    assert_eq!(list(&login, "access-control-expose-headers"), ["retry-after", "www-authenticate"]);
}

#[tokio::test]
async fn an_allowed_origin_can_read_failures() {
    let harness = harness().await;
    for (call, status) in [
        (Call::get("/v1/me"), 401),
        (Call::get("/v1/nope"), 404),
        (Call::get("/v1/login"), 405),
        (Call::post("/v1/login").json(&json!([])), 400),
    ] {
        let answer = harness.send(call.header("origin", LISTED)).await;
        assert_eq!(answer.problem().0, status);
        assert_eq!(answer.header("access-control-allow-origin"), LISTED, "{answer:?}");
    }
}

#[tokio::test]
async fn other_origins_get_responses_without_cors_headers() {
    let harness = harness().await;
    for origin in ["https://evil.example", "https://app.example.com.evil.example", "null", "x"] {
        let asked = harness.send_undescribed(preflight("/v1/me", origin, "POST")).await;
        assert_eq!(asked.problem(), (405, "method_not_allowed"));
        // The origin of this service's Swagger UI is also one of them.
        let login = json!({ "appId": APP, "code": "used-alice-1" });
        let login =
            harness.send(Call::post("/v1/login").header("origin", origin).json(&login)).await;
        assert_eq!(login.problem(), (409, "login_code_used"), "{origin}");
        let keys = Call::get("/.well-known/jwks.json").header("origin", origin);
        let keys = harness.send_undescribed(keys).await;
        assert_eq!(keys.status, 200);
        for answer in [asked, login, keys] {
            let given =
                answer.headers.keys().filter(|name| name.as_str().contains("access-control"));
            assert_eq!(given.count(), 0, "{answer:?}");
            assert_eq!(list(&answer, "vary"), ["origin"], "a cache must tell them apart");
        }
    }
}

#[tokio::test]
async fn a_preflight_for_another_method_is_a_problem() {
    let harness = harness().await;
    let answer = harness.send_undescribed(preflight("/v1/me", LISTED, "PATCH")).await;
    assert_eq!(answer.problem(), (400, "invalid_request"));
}

#[tokio::test]
async fn without_allowed_origins_there_are_no_cors_headers() {
    let harness = Harness::new().await;
    let answer = harness.send(Call::get("/healthz").header("origin", LISTED)).await;
    assert_eq!(answer.good()["status"], "ok");
    assert_eq!(answer.header("access-control-allow-origin"), "");
    assert_eq!(answer.header("vary"), "");
}

#[tokio::test]
async fn a_compressed_page_varies_by_encoding_and_origin() {
    let harness = harness().await;
    let docs = Call::get("/openapi.json").header("origin", LISTED);
    let docs = harness.send(docs).await;
    assert_eq!(list(&docs, "vary"), ["accept-encoding", "origin"]);
}
