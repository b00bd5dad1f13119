//! CORS for the configured origins.

use std::collections::HashSet;
use std::sync::Arc;

use poem::http::{HeaderValue, Method, header};
use poem::middleware::{Cors, CorsEndpoint};
use poem::{Endpoint, EndpointExt, IntoResponse, Request, Response, Result};

/// An endpoint whose responses pages of the listed origins may read. Other requests get the same
/// response without CORS headers; poem's middleware alone would refuse them, the simulator's own
/// page included.
pub(crate) struct CorsForOrigins<E> {
    origins: HashSet<HeaderValue>,
    with_cors: CorsEndpoint<Arc<E>>,
    without_cors: Arc<E>,
}

impl<E: Endpoint> CorsForOrigins<E> {
    pub(crate) fn new(endpoint: E, origins: &[String]) -> Self {
        let origins = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
        let origins = origins.collect::<HashSet<_>>();
        let endpoint = Arc::new(endpoint);
        let cors = Cors::new()
            .allow_origins(origins.iter().cloned())
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
            .allow_headers(["accept", "content-type"]);
        Self { origins, with_cors: endpoint.clone().with(cors), without_cors: endpoint }
    }
}

impl<E: Endpoint> Endpoint for CorsForOrigins<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let origin = request.headers().get(header::ORIGIN);
        if origin.is_some_and(|origin| self.origins.contains(origin)) {
            self.with_cors.call(request).await
        } else {
            self.without_cors.call(request).await.map(IntoResponse::into_response)
        }
    }
}
