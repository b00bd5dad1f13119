use std::sync::LazyLock;

use serde_json::Value;

use super::call::{Answer, Call};
use crate::document::Document;

pub(super) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&Document::get().json("/")).unwrap());

/// Fails unless the document declares the response: its status, media type and headers, every field
/// of its body, and every required field. Paths outside the document pass.
pub(super) fn declares(call: (&str, &str), answer: &Answer) {
    let (method, path) = call;
    let found = DOCUMENT["paths"].as_object().unwrap().iter();
    let mut found = found.filter(|(template, _)| means(template, path));
    let Some((template, operations)) = found.next() else { return };
    let operation = &operations[method.to_lowercase()];
    if operation.is_null() {
        return;
    }
    let declared = &operation["responses"][answer.status.to_string()];
    assert!(!declared.is_null(), "{method} {template} does not declare {answer:?}");
    let headers = declared["headers"].as_object().into_iter().flatten();
    for (name, _) in headers.filter(|(_, header)| header["required"] == true) {
        assert_ne!(answer.header(name), "", "{method} {template} promises {name}: {answer:?}");
    }
    match declared["content"].as_object() {
        Some(content) => {
            let media_type = answer.header("content-type").split(';').next().unwrap();
            let schema = &content.get(media_type).expect("the media type is declared")["schema"];
            if media_type.ends_with("json") {
                fits(schema, &answer.body, template);
            }
        }
        None => assert_eq!(answer.text, "", "{method} {template} declares no body"),
    }
}

/// Returns whether a path matches a template of the document.
pub(super) fn means(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(part, found)| part == found || part.starts_with('{'))
}

fn fits(schema: &Value, value: &Value, place: &str) {
    let schema = schema.pointer("/allOf/0").unwrap_or(schema);
    let schema = match schema["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    match schema["type"].as_str().unwrap() {
        "object" => {
            let properties = schema["properties"].as_object().unwrap();
            for (name, member) in value.as_object().expect(place) {
                let place = format!("{place} {name}");
                fits(properties.get(name).expect(&place), member, &place);
            }
            for name in schema["required"].as_array().into_iter().flatten() {
                assert!(value.get(name.as_str().unwrap()).is_some(), "{place} lacks {name}");
            }
        }
        "array" => {
            for member in value.as_array().expect(place) {
                fits(&schema["items"], member, place);
            }
        }
        "string" => assert!(value.is_string(), "{place}: {value}"),
        "integer" => assert!(value.is_i64() || value.is_u64(), "{place}: {value}"),
        "boolean" => assert!(value.is_boolean(), "{place}: {value}"),
        other => panic!("{place}: {other} is not looked at yet"),
    }
}

/// Returns a call's method and path for [`declares`].
pub(super) fn of(call: &Call) -> (String, String) {
    (call.method.as_str().to_owned(), call.path.clone())
}

/// Returns method, path and description of each operation.
pub(super) fn operations() -> impl Iterator<Item = (String, &'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, operations)| {
        let operations = operations.as_object().unwrap().iter();
        operations.map(move |(method, operation)| (method.to_uppercase(), path.as_str(), operation))
    })
}

#[test]
fn uses_only_what_client_generators_support() {
    look_at(&DOCUMENT);
}

fn look_at(value: &Value) {
    if let Some(parts) = value["allOf"].as_array() {
        assert!(matches!(&parts[..], [part] if part["$ref"].is_string()), "{value} has two types");
    }
    if let Some(format) = value["format"].as_str() {
        let known = ["int32", "int64", "uuid", "date-time", "binary"];
        assert!(known.contains(&format), "{value} has a format that few know");
    }
    let members = value.as_object().into_iter().flat_map(|members| members.values());
    members.chain(value.as_array().into_iter().flatten()).for_each(look_at);
}
