use poem::http::header;
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::types::ToJSON;

use super::{Described, response};

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
        let answer = response(200, T::DESCRIPTION, Some(T::schema_ref()), vec![]);
        MetaResponses { responses: vec![answer] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
