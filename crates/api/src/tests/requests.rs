//! What the document says about requests: parameters, credentials and fields.

use poem::http::Method;
use serde_json::{Value, json};
use wxlogin_domain::model::Scope;

use super::call::Call;
use super::document::{DOCUMENT, means, operations};
use super::harness::Harness;

/// The operations whose callers add query parameters of their own.
const IGNORE_UNKNOWN_PARAMETERS: [&str; 4] =
    ["/wxLogin", "/users/wxLogin", "/avatars/{name}", "/v1/wechat/push/{appId}"];

#[tokio::test]
async fn unknown_query_parameters_are_refused_by_every_operation() {
    let harness = Harness::new().await;
    let mut refused = 0;
    for (method, template, operation) in operations() {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let path = template.replace("{id}", "019b0000-7000-7000-8000-000000000001");
        let path = path.replace(['{', '}'], "");
        let mut paths = vec![format!("{path}?phone=13800138000"), format!("{path}?=%0a")];
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "query" {
                paths.push(format!("{path}?{}=1&phone=1", parameter["name"].as_str().unwrap()));
            }
        }
        for path in paths {
            let answer = harness.send(Call::new(method.clone(), &path)).await;
            let unknown = answer.detail().contains("query parameter");
            if IGNORE_UNKNOWN_PARAMETERS.contains(&template) {
                assert!(!unknown, "{method} {path}: {answer:?}");
                continue;
            }
            assert!(unknown, "{method} {path}: {answer:?}");
            assert_eq!(answer.problem(), (400, "invalid_request"), "{method} {path}");
            assert_eq!(answer.detail().contains("`phone`"), path.contains("phone="), "{answer:?}");
            assert!(!answer.text.contains("138"), "{answer:?}");
            refused += 1;
        }
    }
    assert!(refused > 60, "{refused}");
    // The bug that this prevents: a filter that does not exist returns everybody.
    let everybody = harness.send(Call::get("/v1/admin/users?phone=13800138000")).await;
    assert_eq!(
        everybody.detail(),
        "The query parameter `phone` is unknown; this operation has `after`, `limit`."
    );
}

#[test]
fn operations_say_who_may_call_them_and_which_fields_they_take() {
    let mut public = Vec::new();
    for (method, path, operation) in operations() {
        let security = operation["security"].as_array().expect(path);
        if security.is_empty() {
            public.push((method.clone(), path));
        }
        let body = operation.pointer("/requestBody/content/application~1json/schema/$ref");
        if let Some(reference) = body.and_then(Value::as_str) {
            let schema = DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap();
            let is_open = schema.get("additionalProperties").is_none();
            assert_eq!(is_open, path.ends_with("wxLogin"), "{method} {path}");
            assert!(is_open || schema["additionalProperties"] == false, "{method} {path}");
        }
    }
    assert!(public.contains(&("POST".into(), "/v1/login")), "{public:?}");
    assert!(!public.iter().any(|(_, path)| path.starts_with("/v1/me")), "{public:?}");
    assert!(!public.iter().any(|(_, path)| path.starts_with("/v1/admin")), "{public:?}");
    assert_eq!(DOCUMENT["components"]["schemas"]["ManagedUserChange"]["minProperties"], 2);
}

#[tokio::test]
async fn null_is_accepted_where_the_document_says_so() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let secret = harness.client("support", &[Scope::Admin], &[]).await;
    let user = login.good()["user"]["id"].as_str().unwrap();
    for (path, body) in [
        ("/v1/login".to_owned(), json!({ "code": "unknown-code" })),
        ("/v1/me".to_owned(), json!({})),
        (format!("/v1/admin/users/{user}"), json!({ "status": 1, "userType": 2, "reason": "x" })),
        (format!("/v1/admin/users/{user}/merge"), json!({ "from": user, "reason": "x" })),
        // Last, because it ends the session.
        ("/v1/logout".to_owned(), json!({})),
    ] {
        let schema = request_schema(&path);
        for (name, property) in schema["properties"].as_object().unwrap() {
            let mut body = body.clone();
            body[name] = Value::Null;
            let call = Call::post(&path).json(&body);
            let call = if path.starts_with("/v1/admin") {
                call.basic("support", &secret)
            } else {
                call.bearer(token)
            };
            let answer = harness.send(call).await;
            let refused = answer.detail().contains("wrong type");
            assert_eq!(refused, property["nullable"] != true, "{path} {name}: {answer:?}");
            if refused {
                assert_eq!(answer.problem(), (400, "invalid_request"), "{path} {name}");
            }
        }
    }
}

#[tokio::test]
async fn examples_of_open_data_have_wechats_form() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    for path in ["/v1/me/open-data/decrypt", "/v1/me/open-data/verify"] {
        let fields = request_schema(path)["properties"].as_object().unwrap().iter();
        let body = fields.map(|(name, field)| (name.clone(), field["example"].clone())).collect();
        let call = Call::post(path).bearer(login.text_at("accessToken")).json(&Value::Object(body));
        assert_eq!(harness.send(call).await.problem(), (409, "session_key_stale"), "{path}");
    }
}

/// Returns the schema of the JSON that a POST request to this path has.
fn request_schema(path: &str) -> &'static Value {
    let found =
        operations().find(|(method, template, _)| method == "POST" && means(template, path));
    let reference = found.unwrap().2.pointer("/requestBody/content/application~1json/schema/$ref");
    DOCUMENT.pointer(reference.unwrap().as_str().unwrap().trim_start_matches('#')).unwrap()
}
