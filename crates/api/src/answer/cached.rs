use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomData;
use std::time::Duration;

use poem::http::{StatusCode, header};
use poem::{IntoResponse, Request, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::types::Type;

use super::{Described, header, response};

/// A public JSON document that everybody may keep for a while. `T` describes it.
pub(crate) struct CachedJson<T> {
    answer: Response,
    described: PhantomData<T>,
}

impl<T> CachedJson<T> {
    /// The document, or word that the client has it already.
    pub(crate) fn new(request: &Request, document: String, max_age: Duration) -> Self {
        let etag = format!(r#""{:016x}""#, hash(&document));
        let answer = Response::builder()
            .header(header::ETAG, &etag)
            .header(header::CACHE_CONTROL, format!("public, max-age={}", max_age.as_secs()));
        let answer = if is_known(request, &etag) {
            answer.status(StatusCode::NOT_MODIFIED).finish()
        } else {
            answer.header(header::CONTENT_TYPE, "application/json").body(document)
        };
        Self { answer, described: PhantomData }
    }
}

/// Whether the client has the document with this tag (RFC 9110 section 13.1.2). Tags are compared
/// weakly: whoever compresses a document on its way makes its tag a weak one.
pub(crate) fn is_known(request: &Request, etag: &str) -> bool {
    fn opaque(tag: &str) -> &str {
        tag.strip_prefix("W/").unwrap_or(tag)
    }
    let sent = request.headers().get_all(header::IF_NONE_MATCH);
    let tags = sent.iter().filter_map(|value| value.to_str().ok()).flat_map(|tags| tags.split(','));
    tags.map(str::trim).any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}

/// Differs for other texts, and is the same on every instance of one version.
pub(crate) fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl<T: Send> IntoResponse for CachedJson<T> {
    fn into_response(self) -> Response {
        self.answer
    }
}

impl<T: Type + Described> ApiResponse for CachedJson<T> {
    fn meta() -> MetaResponses {
        let headers = || {
            vec![
                header("Cache-Control", "string", "For how long the document may be kept."),
                header("ETag", "string", "Names this state of the document."),
            ]
        };
        let whole = response(200, T::DESCRIPTION, Some(T::schema_ref()), headers());
        let known = "The document has not changed since the `If-None-Match` of the request.";
        MetaResponses { responses: vec![whole, response(304, known, None, headers())] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
