use std::marker::PhantomData;
use std::time::Duration;

use poem::http::{StatusCode, header};
use poem::{IntoResponse, Request, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::types::Type;

use super::describe::{Described, header, response};
use super::etag::{hash, matches_etag};

/// A public JSON document that clients and proxies may cache. `T` is its schema.
pub(crate) struct CachedJson<T> {
    response: Response,
    schema: PhantomData<T>,
}

impl<T> CachedJson<T> {
    /// The document, or status 304 if the client has cached it.
    pub(crate) fn new(request: &Request, document: String, max_age: Duration) -> Self {
        let etag = format!(r#""{:016x}""#, hash(document.as_bytes()));
        let response = Response::builder()
            .header(header::ETAG, &etag)
            .header(header::CACHE_CONTROL, format!("public, max-age={}", max_age.as_secs()));
        let response = if matches_etag(request, &etag) {
            response.status(StatusCode::NOT_MODIFIED).finish()
        } else {
            response.header(header::CONTENT_TYPE, "application/json").body(document)
        };
        Self { response, schema: PhantomData }
    }
}

impl<T: Send> IntoResponse for CachedJson<T> {
    fn into_response(self) -> Response {
        self.response
    }
}

impl<T: Type + Described> ApiResponse for CachedJson<T> {
    fn meta() -> MetaResponses {
        let headers = || {
            vec![
                header("Cache-Control", "string", "How long the document may be cached."),
                header("ETag", "string", "Identifies this version of the document."),
            ]
        };
        let document = response(200, T::DESCRIPTION, Some(T::schema_ref()), headers());
        let unchanged =
            response(304, "The document still matches `If-None-Match`.", None, headers());
        MetaResponses { responses: vec![document, unchanged] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
