use reqwest::Method;
use serde_json::Value;

use super::Answer;

/// The OpenAPI document, which answers are checked against.
pub(crate) struct OpenApiDocument(Value);

impl OpenApiDocument {
    pub(crate) fn new(document: Value) -> Self {
        Self(document)
    }

    /// Fails unless the document declares the answer: its status, its media type, every member of
    /// its body, and all required members and headers. Operations that are not in the document
    /// pass.
    pub(crate) fn check(&self, method: &Method, path: &str, answer: &Answer) {
        let method = method.as_str().to_lowercase();
        let mut paths = self.0["paths"].as_object().unwrap().iter();
        let Some((_, operations)) = paths.find(|(template, _)| matches_template(template, path))
        else {
            return;
        };
        let operation = &operations[method.as_str()];
        if operation.is_null() {
            return;
        }
        let declared = &operation["responses"][answer.status.to_string()];
        assert!(!declared.is_null(), "{method} {path} does not declare {answer:?}");
        let media_type = answer.header("content-type").split(';').next().unwrap_or_default();
        match declared["content"].as_object().map(|content| content.get(media_type)) {
            Some(Some(content)) if media_type.ends_with("json") => {
                self.check_value(&content["schema"], &answer.body, path);
            }
            Some(None) => panic!("{method} {path} does not declare {media_type}"),
            // Only JSON has members that a schema describes.
            Some(Some(_)) => {}
            None => assert_eq!(answer.text, "", "{method} {path} declares no body"),
        }
        for (name, header) in declared["headers"].as_object().into_iter().flatten() {
            if header["required"] == true {
                assert_ne!(answer.header(name), "", "{method} {path} promises {name}");
            }
        }
    }

    fn check_value(&self, schema: &Value, value: &Value, place: &str) {
        let schema = self.resolved(schema);
        match schema["type"].as_str().unwrap() {
            "object" => {
                let properties = schema["properties"].as_object().unwrap();
                for (name, member) in value.as_object().expect(place) {
                    let place = format!("{place}.{name}");
                    self.check_value(properties.get(name).expect(&place), member, &place);
                }
                for name in schema["required"].as_array().into_iter().flatten() {
                    assert!(value.get(name.as_str().unwrap()).is_some(), "{place} lacks {name}");
                }
            }
            "array" => {
                for member in value.as_array().expect(place) {
                    self.check_value(&schema["items"], member, place);
                }
            }
            "string" => assert!(value.is_string(), "{place}"),
            "integer" => assert!(value.is_i64() || value.is_u64(), "{place}"),
            "boolean" => assert!(value.is_boolean(), "{place}"),
            other => panic!("{place}: the type {other} is not supported by this check"),
        }
    }

    /// Follows a reference. A reference with additions is an `allOf` with one item.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let schema = schema.pointer("/allOf/0").unwrap_or(schema);
        match schema["$ref"].as_str() {
            Some(reference) => self.0.pointer(reference.trim_start_matches('#')).unwrap(),
            None => schema,
        }
    }
}

/// Whether a path matches one of the document, like `/v1/me/sessions/{id}`.
fn matches_template(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(part, found)| part == found || part.starts_with('{'))
}
