use poem::http::header;
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::types::ToJSON;

use super::describe::{Described, response};

/// A JSON response that must not be cached.
pub(crate) struct JsonResponse<T>(pub(crate) T);

impl<T: ToJSON> IntoResponse for JsonResponse<T> {
    fn into_response(self) -> Response {
        Response::builder()
            .header(header::CONTENT_TYPE, "application/json")
            // It has tokens or personal data (RFC 6749 section 5.1).
            .header(header::CACHE_CONTROL, "no-store")
            .body(self.0.to_json_string())
    }
}

impl<T: ToJSON + Described> ApiResponse for JsonResponse<T> {
    fn meta() -> MetaResponses {
        let response = response(200, T::DESCRIPTION, Some(T::schema_ref()), vec![]);
        MetaResponses { responses: vec![response] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
