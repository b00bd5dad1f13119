//! Completes the document with what the framework cannot describe.

use serde_json::{Map, Value, json};

/// The description of the routes that are not the framework's endpoints.
const ROUTES: &str = include_str!("routes.yaml");

/// The tag of the endpoints that ignore unknown fields.
const TOLERANT_TAG: &str = "Original contract";

/// Adds the routes that are not the framework's endpoints.
pub(super) fn add_routes(document: &mut Value) {
    merge(document, yaml_serde::from_str(ROUTES).unwrap_or(Value::Null));
}

/// Adds the members and items of `more` to `value`.
fn merge(value: &mut Value, more: Value) {
    match (value, more) {
        (Value::Object(members), Value::Object(more)) => {
            for (name, member) in more {
                merge(members.entry(name).or_insert(Value::Null), member);
            }
        }
        (Value::Array(items), Value::Array(more)) => items.extend(more),
        (value, more) => *value = more,
    }
}

/// Says of each operation whether it is public, and of each JSON request that unknown fields are
/// refused.
pub(super) fn complete_operations(document: &mut Value) {
    let mut strict = Vec::new();
    for operation in operations(document) {
        operation.entry("security").or_insert_with(|| json!([]));
        let request = operation.get("requestBody").and_then(|body| {
            body.pointer("/content/application~1json/schema/$ref").and_then(Value::as_str)
        });
        if operation.get("tags") != Some(&json!([TOLERANT_TAG])) {
            strict.extend(request.map(|reference| reference.trim_start_matches('#').to_owned()));
        }
    }
    for path in strict {
        if let Some(schema) = document.pointer_mut(&path) {
            schema["additionalProperties"] = false.into();
        }
    }
    // A reason alone changes nothing.
    if let Some(change) = document.pointer_mut("/components/schemas/ManagedUserChange") {
        change["minProperties"] = 2.into();
    }
}

/// Returns all operations.
pub(super) fn operations(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document.pointer_mut("/paths").and_then(Value::as_object_mut);
    let paths = paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut);
    paths.flat_map(Map::values_mut).filter_map(Value::as_object_mut)
}

/// Returns the document for Swagger UI, which would send the example of an `Idempotency-Key` with every
/// login.
pub(super) fn without_idempotency_example(mut document: Value) -> Value {
    let parameters = operations(&mut document)
        .filter_map(|operation| operation.get_mut("parameters").and_then(Value::as_array_mut));
    for parameter in parameters.flatten() {
        if parameter["name"] == "Idempotency-Key"
            && let Some(schema) = parameter["schema"].as_object_mut()
        {
            schema.remove("example");
        }
    }
    document
}
