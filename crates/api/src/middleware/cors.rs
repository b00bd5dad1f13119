use std::collections::HashSet;
use std::sync::Arc;

use poem::http::{HeaderValue, Method, header};
use poem::middleware::{self, CorsEndpoint};
use poem::{Endpoint, EndpointExt, IntoResponse, Request, Response};

use crate::problem::Problem;

/// How long browsers may cache a preflight response, in seconds. Browsers have lower limits of their
/// own.
const MAX_AGE: i32 = 24 * 60 * 60;

/// Lets web pages of the allowed origins read responses (CORS, in the Fetch standard).
///
/// The framework's middleware refuses every other origin, including that of this service's own pages.
/// Here other origins get the response without CORS headers, and the browser hides it from the page.
pub(crate) struct Cors<E> {
    origins: HashSet<HeaderValue>,
    with_cors: CorsEndpoint<Arc<E>>,
    without_cors: Arc<E>,
}

impl<E: Endpoint> Cors<E> {
    /// Lets pages of these origins read the responses of `endpoint`.
    pub(crate) fn new(endpoint: E, origins: &[String]) -> Self {
        let origins = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
        let origins = origins.collect::<HashSet<_>>();
        let endpoint = Arc::new(endpoint);
        let cors = middleware::Cors::new()
            .allow_origins(origins.iter().cloned())
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
            .allow_headers(["authorization", "content-type", "idempotency-key"])
            .expose_headers(["retry-after", "www-authenticate"])
            .max_age(MAX_AGE);
        Self { origins, with_cors: endpoint.clone().with(cors), without_cors: endpoint }
    }
}

impl<E: Endpoint> Endpoint for Cors<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let origin = request.headers().get(header::ORIGIN);
        let mut response = if origin.is_some_and(|origin| self.origins.contains(origin)) {
            let answered = self.with_cors.call(request).await;
            answered.unwrap_or_else(|error| Problem::of(&error).into_response())
        } else {
            self.without_cors.get_response(request).await
        };
        // A cache must not serve one origin the response for another.
        response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
        Ok(response)
    }
}
