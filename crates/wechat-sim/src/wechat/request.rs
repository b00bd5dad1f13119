//! The parameters and the body of a call.

use poem::{Body, Request};
use serde_json::{Map, Value};
use url::form_urlencoded;

/// The largest body that is read; no call needs more.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Reads a body. A body that is too large counts as empty.
pub(super) async fn read(body: Body) -> Vec<u8> {
    body.into_bytes_limit(MAX_BODY_BYTES).await.unwrap_or_default().to_vec()
}

/// The parameters of a query or a form. The first of a name counts; an empty one counts as missing.
#[derive(Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn from_query(request: &Request) -> Self {
        Self(request.params().unwrap_or_default())
    }

    pub(super) fn from_form(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }
}

/// A JSON body, whatever its Content-Type.
pub(super) struct JsonBody(Option<Map<String, Value>>);

impl JsonBody {
    pub(super) fn parse(body: &[u8]) -> Self {
        Self(serde_json::from_slice(body).ok())
    }

    pub(super) fn is_json(&self) -> bool {
        self.0.is_some()
    }

    /// A string field; an empty one counts as missing.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.as_ref()?.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Whether a field is exactly `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.0.as_ref().and_then(|fields| fields.get(name)) == Some(&Value::Bool(true))
    }
}
