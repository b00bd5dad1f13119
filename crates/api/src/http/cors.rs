use std::collections::HashSet;
use std::sync::Arc;

use poem::http::{HeaderValue, Method, header};
use poem::middleware::{self, CorsEndpoint};
use poem::{Endpoint, EndpointExt, IntoResponse, Request, Response};

use crate::problem::Problem;

/// How long browsers may remember a permission, in seconds; they forget it sooner by themselves.
const MAX_AGE: i32 = 24 * 60 * 60;

/// An endpoint whose answers pages of a few other origins may read (CORS, in the Fetch standard).
///
/// The framework's middleware refuses every other origin, this service's own pages included. Here
/// they are answered as if nothing had been said, and it is for the browser to keep the answer back.
pub(crate) struct Cors<E> {
    origins: HashSet<HeaderValue>,
    for_them: CorsEndpoint<Arc<E>>,
    for_others: Arc<E>,
}

impl<E: Endpoint> Cors<E> {
    /// Lets pages of these origins read what `endpoint` answers.
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
        Self { origins, for_them: endpoint.clone().with(cors), for_others: endpoint }
    }
}

impl<E: Endpoint> Endpoint for Cors<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let origin = request.headers().get(header::ORIGIN);
        let mut response = if origin.is_some_and(|origin| self.origins.contains(origin)) {
            let answered = self.for_them.call(request).await;
            answered.unwrap_or_else(|error| Problem::of(&error).into_response())
        } else {
            self.for_others.get_response(request).await
        };
        // Whoever caches it must not give one origin the answer that was for another.
        response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
        Ok(response)
    }
}
