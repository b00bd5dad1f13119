//! JSON bodies, parsed strictly: a number is not a string, and an unknown field is an error, so that
//! developers notice typos.

use poem::{Request, RequestBody};
use poem_openapi::error::ContentTypeError;
use poem_openapi::payload::{ParsePayload, Payload};
use poem_openapi::registry::{MetaRequest, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions, impl_apirequest_for_payload,
};
use serde::de::DeserializeOwned;

use super::body::{is_media_type, read};
use super::json_text::without_faults;
use crate::problem::Problem;

/// A JSON body.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: Type> Payload for JsonBody<T> {
    const CONTENT_TYPE: &'static str = "application/json";

    fn check_content_type(content_type: &str) -> bool {
        is_media_type(content_type, Self::CONTENT_TYPE)
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
        parse(&read(request, body).await?).map(Self).map_err(Into::into)
    }
}

impl_apirequest_for_payload!(JsonBody<T>, T: Type + DeserializeOwned);

/// A JSON body that the request may omit. An empty body needs no content type.
pub(crate) struct OptionalJsonBody<T>(pub(crate) Option<T>);

impl<'a, T: Type + DeserializeOwned> ApiExtractor<'a> for OptionalJsonBody<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <JsonBody<T> as Payload>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let required = JsonBody::<T>::request_meta()?;
        Some(MetaRequest { required: false, ..required })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let bytes = read(request, body).await?;
        if bytes.is_empty() {
            return Ok(Self(None));
        }
        match request.content_type() {
            Some(content_type) if JsonBody::<T>::check_content_type(content_type) => {
                Ok(Self(Some(parse(&bytes)?)))
            }
            Some(_) | None => Err(ContentTypeError::ExpectContentType.into()),
        }
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = without_faults(bytes);
    // serde would take the items of an array for an object's fields, in order.
    if text.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::invalid("The body has the wrong type: expected an object."));
    }
    let mut parser = serde_json::Deserializer::from_slice(&text);
    let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        let detail = explain(&error.path().to_string(), error.inner());
        let repeats_request = unknown_field(&error.inner().to_string()).is_some();
        Problem { repeats_request, ..Problem::invalid(detail) }
    })?;
    parser.end().map_err(|error| Problem::invalid(explain(".", &error)))?;
    Ok(value)
}

/// Explains why a body is invalid. The text names fields and types of the schema and repeats no value
/// that the client sent; an unknown field is named if it looks like a name.
fn explain(path: &str, error: &serde_json::Error) -> String {
    if !error.is_data() {
        return format!(
            "The body is not valid JSON (line {}, column {}).",
            error.line(),
            error.column()
        );
    }
    let text = error.to_string();
    // The words after the last `expected` come from our types.
    let expected = text
        .rsplit_once("expected ")
        .map(|(_, expected)| expected.split(" at line ").next().unwrap_or_default())
        .map(|expected| if expected.starts_with("struct ") { "an object" } else { expected });
    if let Some(field) = text.strip_prefix("missing field `") {
        let field = field.split('`').next().unwrap_or_default();
        return format!("The field `{field}` is missing.");
    }
    match expected {
        Some(expected) if text.starts_with("unknown field") => match unknown_field(&text) {
            Some(name) => format!("The field `{name}` is unknown; expected {expected}."),
            None => format!("The body has an unknown field; expected {expected}."),
        },
        Some(expected) if path == "." => {
            format!("The body has the wrong type: expected {expected}.")
        }
        Some(expected) => format!("The field `{path}` has the wrong type: expected {expected}."),
        None => "The body does not match the schema in the API document.".into(),
    }
}

/// The longest name of an unknown field that is repeated. Codes and secrets of WeChat are longer.
const MAX_NAME: usize = 20;

/// Returns the name of the unknown field in the parser's text, if it cannot be a value in the wrong
/// place.
fn unknown_field(text: &str) -> Option<&str> {
    let name = text.strip_prefix("unknown field `")?.split('`').next()?;
    let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (name.len() <= MAX_NAME && is_name(name)).then_some(name)
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
    fn an_array_is_not_an_object() {
        for body in [r#"["小明", "x"]"#, " [null, \"x\"]", "[]"] {
            let problem = parse::<Form>(body.as_bytes()).unwrap_err();
            let detail = problem.detail.unwrap();
            assert_eq!(detail, "The body has the wrong type: expected an object.", "{body}");
        }
    }

    #[test]
    fn a_mistake_is_explained_without_repeating_the_request() {
        let cases = [
            ("{}", "The field `code` is missing."),
            (r#"{"code":41}"#, "The field `code` has the wrong type: expected a string."),
            (
                r#"{"code":"x","userName":[]}"#,
                "The field `userName` has the wrong type: expected a string.",
            ),
            (
                r#"{"nickName":"x, expected sEcReT"}"#,
                "The field `nickName` is unknown; expected `userName` or `code`.",
            ),
            (
                r#"{"sEcReT, expected `sEcReT":"x"}"#,
                "The body has an unknown field; expected `userName` or `code`.",
            ),
            (
                r#"{"0a3Xy7000lQ5bT1Yz9200WvK8g1Xy7Zs":"x"}"#,
                "The body has an unknown field; expected `userName` or `code`.",
            ),
            (r#""x, expected sEcReT""#, "The body has the wrong type: expected an object."),
            (r#"{"code":"x""#, "The body is not valid JSON (line 1, column 11)."),
            ("sEcReT", "The body is not valid JSON (line 1, column 1)."),
            (
                r#"{"code":"a","code":"b"}"#,
                "The body does not match the schema in the API document.",
            ),
        ];
        for (body, detail) in cases {
            assert_eq!(explained(body), detail, "{body}");
            assert!(!explained(body).contains("sEcReT"));
        }
    }
}
