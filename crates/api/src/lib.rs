//! The HTTP API and its OpenAPI document.
//!
//! Parses requests, calls use cases and maps their results to responses; makes no decisions. Every
//! failure is sent as `application/problem+json` (RFC 9457).

mod document;
mod endpoints;
mod extractors;
mod middleware;
mod problem;
mod responses;
mod routes;
mod schemas;
mod server;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt, Response, Route};
use tokio::net::TcpListener;
use wxlogin_domain::usecase::UseCases;

use self::document::{Api, Document};
use self::middleware::{Cors, HandlerConfig, path_of};
pub use self::settings::{Example, HttpSettings};

/// Returns the OpenAPI document as YAML. Needs no configuration and no database, and is the same
/// each time.
#[must_use]
pub fn openapi_yaml() -> String {
    Document::get().yaml("/")
}

/// Serves requests on `listener` until `stopped`, then waits for running requests to finish. The
/// caller limits how long that may take.
pub async fn serve(
    listener: TcpListener,
    services: &UseCases,
    settings: HttpSettings,
    stopped: impl Future<Output = ()>,
) -> std::io::Result<()> {
    server::run(listener, endpoint(services, settings), stopped).await
}

fn endpoint(services: &UseCases, settings: HttpSettings) -> BoxEndpoint<'static, Response> {
    let (services, settings) = (Arc::new(services.clone()), Arc::new(settings));
    // Swagger UI calls the host that it came from; other readers of the document need the whole URL.
    let base = path_of(&settings.issuer).to_owned();
    let server = if base.is_empty() { "/".to_owned() } else { base.clone() };
    let (json_url, yaml_url) = (settings.issuer.clone(), settings.issuer.clone());
    let routes = Route::new()
        .at(routes::START_PATH, routes::start_page(&base))
        .nest("/docs", routes::swagger_ui(move || Document::get().html(&server)))
        .at(
            "/openapi.json",
            routes::text("application/json", move || Document::get().json(&json_url)),
        )
        .at(
            "/openapi.yaml",
            routes::text("application/yaml", move || Document::get().yaml(&yaml_url)),
        )
        .at("/healthz", routes::healthz())
        .at("/readyz", routes::readyz(services.readiness.clone()))
        .at(routes::PUSH_PATH, routes::push(services.pushes.clone()))
        .at(routes::AVATAR_PATH, routes::avatar(services.avatars.clone()))
        .nest("/", document::service().data(services).data(settings.clone()));
    let routes = match settings.example.clone() {
        Some(example) => routes.nest("/example", routes::example(example)),
        None => routes,
    };
    let config = Arc::new(HandlerConfig::of::<Api>(&settings));
    let handled =
        routes.around(move |routes, request| middleware::handle(routes, request, config.clone()));
    let origins = &settings.cors_origins;
    if origins.is_empty() { handled.boxed() } else { Cors::new(handled, origins).boxed() }
}
