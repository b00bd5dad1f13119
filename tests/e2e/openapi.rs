//! The OpenAPI document.

use serde_json::json;

use crate::support::{Harness, Process};

/// The document in the repository.
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.yaml");

#[tokio::test]
async fn the_committed_document_is_current() {
    let printed = Process::run(&["openapi"], &[]).await;
    assert!(printed.success);
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    if let Some((line, (committed, current))) = committed
        .lines()
        .chain(std::iter::repeat("(the end)"))
        .zip(printed.output.lines().chain(["(the end)"]))
        .enumerate()
        .find(|(_, (committed, current))| committed != current)
    {
        panic!(
            "openapi.yaml is stale at line {}:\n- {committed}\n+ {current}\nUpdate it with: cargo run -- openapi > openapi.yaml",
            line + 1
        );
    }
    assert_eq!(
        committed.lines().count(),
        printed.output.lines().count(),
        "openapi.yaml is longer; update it with: cargo run -- openapi > openapi.yaml"
    );
}

#[tokio::test]
async fn schemas_have_examples_and_operations_are_complete() {
    let harness = Harness::start(&[]).await;
    let document = harness.client.request(reqwest::Method::GET, "/openapi.json");
    let document = harness.client.send(document).await.body;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (property, described) in schema["properties"].as_object().unwrap() {
            let text = described["description"].as_str();
            assert!(text.is_some_and(|text| !text.is_empty()), "{name}.{property}");
            let is_object = described.get("allOf").is_some();
            assert!(is_object || described.get("example").is_some(), "{name}.{property}");
        }
    }
    let operations = document["paths"].as_object().unwrap().values();
    let mut ids = Vec::new();
    for operation in operations.flat_map(|path| path.as_object().unwrap().values()) {
        ids.push(operation["operationId"].as_str().unwrap());
        assert!(operation["summary"].is_string(), "{operation}");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{operation}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            let is_problem = status.starts_with(['4', '5']);
            let expected = match (is_problem, operation["operationId"].as_str().unwrap()) {
                (true, _) => "application/problem+json",
                (false, "getAvatarV1") => "image/jpeg",
                (false, "verifyPushAddressV1" | "receivePushV1") => "text/plain",
                (false, _) => "application/json",
            };
            let mut media_types = response["content"].as_object().into_iter().flatten();
            assert!(media_types.all(|(media_type, _)| media_type == expected), "{response}");
            let examples = response["content"][expected]["examples"].as_object();
            assert_eq!(examples.is_some(), is_problem, "{response}");
            for (code, example) in examples.into_iter().flatten() {
                assert_eq!(example["value"]["code"], code.as_str());
                assert_eq!(example["value"]["status"].to_string(), *status);
            }
        }
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
    for (method, path, schemes) in [
        ("get", "/v1/me", json!([{ "accessToken": [] }])),
        ("post", "/v1/logout", json!([{ "accessToken": [] }, {}])),
        ("post", "/v1/introspect", json!([{ "apiClient": [] }, { "apiKey": [] }])),
        ("get", "/v1/admin/users", json!([{ "apiClient": [] }, { "apiKey": [] }])),
        ("post", "/v1/login", json!([])),
    ] {
        assert_eq!(document["paths"][path][method]["security"], schemes, "{path}");
    }
    let schemes = &document["components"]["securitySchemes"];
    for (name, scheme) in [("accessToken", "bearer"), ("apiClient", "basic"), ("apiKey", "bearer")]
    {
        assert_eq!(schemes[name]["scheme"], scheme);
    }
}
