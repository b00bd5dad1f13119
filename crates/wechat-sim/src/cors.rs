//! Which pages of other origins may use the simulator.

use std::collections::HashSet;
use std::sync::Arc;

use poem::http::{HeaderValue, Method, header};
use poem::middleware::{Cors, CorsEndpoint};
use poem::{Endpoint, EndpointExt, IntoResponse, Request, Response, Result};

/// An endpoint whose answers pages of these origins may read. Others are answered as if nothing had
/// been said; poem's middleware would refuse them, the simulator's own page included.
pub(crate) struct ForOrigins<E> {
    origins: HashSet<HeaderValue>,
    for_them: CorsEndpoint<Arc<E>>,
    for_others: Arc<E>,
}

impl<E: Endpoint> ForOrigins<E> {
    pub(crate) fn new(endpoint: E, origins: &[String]) -> Self {
        let origins = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
        let origins = origins.collect::<HashSet<_>>();
        let endpoint = Arc::new(endpoint);
        let cors = Cors::new()
            .allow_origins(origins.iter().cloned())
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
            .allow_headers(["accept", "content-type"]);
        Self { origins, for_them: endpoint.clone().with(cors), for_others: endpoint }
    }
}

impl<E: Endpoint> Endpoint for ForOrigins<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let origin = request.headers().get(header::ORIGIN);
        if origin.is_some_and(|origin| self.origins.contains(origin)) {
            self.for_them.call(request).await
        } else {
            self.for_others.call(request).await.map(IntoResponse::into_response)
        }
    }
}
