//! Simplifies schemas that some client generators cannot read.

use serde_json::{Map, Value};

/// Simplifies the schemas in `value`.
pub(super) fn simplify_schemas(value: &mut Value) {
    match value {
        Value::Object(members) => {
            keep_only_references(members);
            use_known_formats(members);
            members.values_mut().for_each(simplify_schemas);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify_schemas),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Removes the description that the framework puts next to a property's `$ref`. Generators turn the
/// two into a new type, so that a client gets a `LoginAnswerUser` that is not a `User`.
fn keep_only_references(schema: &mut Map<String, Value>) {
    if let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) {
        parts.retain(|part| part.get("$ref").is_some());
    }
}

/// Replaces integer formats that `OpenAPI` 3.0 does not define. Generators read an unknown format as
/// 32 bits, which is too small for 64-bit integers.
fn use_known_formats(schema: &mut Map<String, Value>) {
    let (format, is_signed) = match schema.get("format").and_then(Value::as_str) {
        Some("int16") => ("int32", true),
        Some("uint16") => ("int32", false),
        Some("uint32" | "uint64") => ("int64", false),
        _ => return,
    };
    schema.insert("format".into(), format.into());
    if !is_signed {
        schema.entry("minimum").or_insert_with(|| 0.into());
    }
}
