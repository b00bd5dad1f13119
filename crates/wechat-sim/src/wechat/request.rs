//! What a call brought along.

use poem::{Body, Request};
use serde_json::{Map, Value};
use url::form_urlencoded;

/// No call needs more; what is longer is not read.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// A body's bytes; none if there are too many.
pub(super) async fn read(body: Body) -> Vec<u8> {
    body.into_bytes_limit(MAX_BODY_BYTES).await.unwrap_or_default().to_vec()
}

/// A query's or a form's parameters; the first of a name counts and an empty one is none.
#[derive(Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn of_query(request: &Request) -> Self {
        Self(request.params().unwrap_or_default())
    }

    pub(super) fn of_form(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }
}

/// A JSON body, whatever type it claims to be.
pub(super) struct JsonBody(Option<Map<String, Value>>);

impl JsonBody {
    pub(super) fn of(body: &[u8]) -> Self {
        Self(serde_json::from_slice(body).ok())
    }

    pub(super) fn is_json(&self) -> bool {
        self.0.is_some()
    }

    /// A text that is there and not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.as_ref()?.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Whether something is exactly `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.0.as_ref().and_then(|fields| fields.get(name)) == Some(&Value::Bool(true))
    }
}
