//! JSON bodies, read strictly: a number is not a text, and a field nobody knows is a mistake the
//! client's author wants to hear of.

use std::time::Duration;

use poem::http::header;
use poem::{IntoResponse, Request, RequestBody, Response};
use poem_openapi::payload::{ParsePayload, Payload};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, impl_apirequest_for_payload};
use serde::de::DeserializeOwned;

use crate::problem::{Problem, ProblemCode};

/// Longest body of an endpoint that takes JSON, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// How long a body may take to arrive; set on every request.
#[derive(Clone, Copy)]
pub(crate) struct BodyTimeout(pub(crate) Duration);

/// A request's JSON body.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: Type> Payload for JsonBody<T> {
    const CONTENT_TYPE: &'static str = "application/json";

    fn check_content_type(content_type: &str) -> bool {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case(Self::CONTENT_TYPE)
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Type + DeserializeOwned> ParsePayload for JsonBody<T> {
    const IS_REQUIRED: bool = true;

    async fn from_request(request: &Request, body: &mut RequestBody) -> poem::Result<Self> {
        let limit = request.data::<BodyTimeout>().map_or(Duration::from_secs(10), |limit| limit.0);
        let bytes = tokio::time::timeout(limit, body.take()?.into_bytes_limit(MAX_BODY))
            .await
            .map_err(|_| Problem::new(ProblemCode::RequestTimeout))?
            .map_err(|error| match error {
                poem::error::ReadBodyError::PayloadTooLarge => {
                    Problem::new(ProblemCode::PayloadTooLarge)
                }
                poem::error::ReadBodyError::Io(_)
                | poem::error::ReadBodyError::Utf8(_)
                | poem::error::ReadBodyError::BodyHasBeenTaken => {
                    Problem::new(ProblemCode::InvalidRequest).detail("The body broke off.")
                }
            })?;
        let mut parser = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
            let path = error.path().to_string();
            Problem::new(ProblemCode::InvalidRequest).detail(explain(&path, error.inner()))
        })?;
        parser.end().map_err(|error| {
            Problem::new(ProblemCode::InvalidRequest).detail(explain(".", &error))
        })?;
        Ok(Self(value))
    }
}

impl_apirequest_for_payload!(JsonBody<T>, T: Type + DeserializeOwned);

/// Says what is wrong with a body in words that come from the schema and never from the body.
fn explain(path: &str, error: &serde_json::Error) -> String {
    if !error.is_data() {
        return format!("The body is not JSON (line {}, column {}).", error.line(), error.column());
    }
    let text = error.to_string();
    // What serde expects follows the last `expected`, and comes from our types.
    let expected = text
        .rsplit_once("expected ")
        .map(|(_, expected)| expected.split(" at line ").next().unwrap_or_default())
        .map(|expected| if expected.starts_with("struct ") { "an object" } else { expected });
    if let Some(field) = text.strip_prefix("missing field `") {
        let field = field.split('`').next().unwrap_or_default();
        return format!("The field `{field}` is missing.");
    }
    match expected {
        Some(expected) if text.starts_with("unknown field") => {
            format!("The body has a field that is not known here; expected {expected}.")
        }
        Some(expected) if path == "." => {
            format!("The body has the wrong type: expected {expected}.")
        }
        Some(expected) => format!("The field `{path}` has the wrong type: expected {expected}."),
        None => "The body does not have the form the document describes.".into(),
    }
}

/// What a successful answer is, for the document.
pub(crate) trait Described {
    /// One sentence.
    const DESCRIPTION: &'static str;
}

/// A JSON answer to its caller alone.
pub(crate) struct JsonAnswer<T>(pub(crate) T);

impl<T: ToJSON> IntoResponse for JsonAnswer<T> {
    fn into_response(self) -> Response {
        Response::builder()
            .header(header::CONTENT_TYPE, "application/json")
            // It holds a token or a person's data (RFC 6749 section 5.1).
            .header(header::CACHE_CONTROL, "no-store")
            .body(self.0.to_json_string())
    }
}

impl<T: ToJSON + Described> ApiResponse for JsonAnswer<T> {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![MetaResponse {
                description: T::DESCRIPTION,
                status: Some(200),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: "application/json",
                    schema: T::schema_ref(),
                }],
                headers: vec![],
            }],
        }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Form {
        #[expect(dead_code, reason = "only its parsing is looked at")]
        user_name: Option<String>,
        #[expect(dead_code, reason = "only its parsing is looked at")]
        code: String,
    }

    fn explained(body: &str) -> String {
        let mut parser = serde_json::Deserializer::from_str(body);
        let error = serde_path_to_error::deserialize::<_, Form>(&mut parser).unwrap_err();
        explain(&error.path().to_string(), error.inner())
    }

    #[test]
    fn a_mistake_is_explained_without_repeating_what_was_sent() {
        let cases = [
            ("{}", "The field `code` is missing."),
            (r#"{"code":41}"#, "The field `code` has the wrong type: expected a string."),
            (
                r#"{"code":"x","userName":[]}"#,
                "The field `userName` has the wrong type: expected a string.",
            ),
            (
                r#"{"sEcReT":"x, expected sEcReT"}"#,
                "The body has a field that is not known here; expected `userName` or `code`.",
            ),
            (r#""x, expected sEcReT""#, "The body has the wrong type: expected an object."),
            (r#"{"code":"x""#, "The body is not JSON (line 1, column 11)."),
            ("sEcReT", "The body is not JSON (line 1, column 1)."),
            (
                r#"{"code":"a","code":"b"}"#,
                "The body does not have the form the document describes.",
            ),
        ];
        for (body, detail) in cases {
            assert_eq!(explained(body), detail, "{body}");
            assert!(!explained(body).contains("sEcReT"));
        }
    }
}
