//! Plainer words for what some generators of clients stumble over.

use serde_json::{Map, Value};

/// Puts the schemas within `value` into words that every generator knows.
pub(super) fn put_plainly(value: &mut Value) {
    match value {
        Value::Object(members) => {
            name_types_once(members);
            use_known_formats(members);
            members.values_mut().for_each(put_plainly);
        }
        Value::Array(items) => items.iter_mut().for_each(put_plainly),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The framework repeats a property's description beside the type it refers to. Generators take the
/// two for a type of its own, and a client gets a `LoginAnswerUser` that is no `User`.
fn name_types_once(schema: &mut Map<String, Value>) {
    if let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) {
        parts.retain(|part| part.get("$ref").is_some());
    }
}

/// `OpenAPI` 3.0 itself knows integers of 32 and of 64 bits. Generators that do not know a format
/// take the smaller, which is too small for what has 64 bits.
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
