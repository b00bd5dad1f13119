//! The HTTP API and its OpenAPI document.
//!
//! Parses requests, calls use cases and maps what they say to answers; decides nothing. Every
//! failure of any kind leaves as `application/problem+json` (RFC 9457).

mod answer;
mod body;
mod document;
mod endpoints;
mod http;
mod outside;
mod problem;
mod security;
mod server;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt, Response, Route};
use tokio::net::TcpListener;
use wxlogin_domain::model::AppId;
use wxlogin_domain::usecase::UseCases;

use self::document::{Api, Document};
use self::endpoints::{
    AccountApi, AdminApi, AppsApi, AvatarApi, BackEndsApi, MergingApi, Original, OriginalApi,
    PhoneApi, SignInApi, WechatDataApi, WellKnown, WellKnownApi,
};
use self::http::{Cors, Surroundings};
pub use self::outside::Example;

/// How HTTP is spoken.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// This service's public URL, which is the `iss` of its tokens: no slash at its end.
    pub issuer: String,
    /// The app the original contract signs in to; without it those endpoints are not found.
    pub original_app: Option<AppId>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether requests for any host but a loopback one are refused, which keeps web pages from
    /// reaching a development server by a name of their own (DNS rebinding).
    pub loopback_hosts_only: bool,
    /// How long a request's body may take to arrive.
    pub body_timeout: Duration,
    /// Other origins whose pages may call this service from a browser, like
    /// `https://app.example.com`.
    pub cors_origins: Vec<String>,
    /// What is shown under `/example/`, if anything is.
    pub example: Option<Example>,
}

/// The OpenAPI document as YAML. Needs no configuration and no database, and is the same each time.
#[must_use]
pub fn openapi_yaml() -> String {
    Document::alone().yaml
}

/// Answers on `listener` until `stopped`, then lets requests that have begun end. The caller sets
/// the time for that.
pub async fn serve(
    listener: TcpListener,
    services: &UseCases,
    settings: HttpSettings,
    stopped: impl Future<Output = ()>,
) -> std::io::Result<()> {
    server::run(listener, endpoint(services, settings), stopped).await
}

fn endpoint(services: &UseCases, settings: HttpSettings) -> BoxEndpoint<'static, Response> {
    let services = || services.clone();
    let original = settings.original_app.clone();
    let original = original.map(|app_id| Original { services: services(), app_id });
    let api = document::service((
        SignInApi(Some(services())),
        AccountApi(Some(services())),
        AvatarApi(Some(services())),
        PhoneApi(Some(services())),
        WechatDataApi(Some(services())),
        BackEndsApi(Some(services())),
        WellKnownApi(Some(WellKnown::new(services().keys, &settings.issuer))),
        AdminApi(Some(services())),
        OriginalApi(original),
        AppsApi(Some(services())),
        MergingApi(Some(services())),
    ));
    let document = Document::of(&api);
    let routes = Route::new()
        .nest("/docs", outside::swagger_ui(&document.html))
        .at("/openapi.json", outside::text("application/json", document.json))
        .at("/openapi.yaml", outside::text("application/yaml", document.yaml))
        .at("/healthz", outside::healthz())
        .at("/readyz", outside::readyz(services().deployment, services().revocations))
        .at(outside::PUSH_PATH, outside::push(services().pushes))
        .at(outside::AVATAR_PATH, outside::avatar(services().avatars))
        .nest("/", api);
    let routes = match settings.example.clone() {
        Some(example) => routes.nest("/example", outside::example(example)),
        None => routes,
    };
    let origins = settings.cors_origins.clone();
    let surroundings = Arc::new(Surroundings::of::<Api>(settings));
    let serve = move |endpoint, request| http::serve(endpoint, request, surroundings.clone());
    let served = routes.around(serve);
    if origins.is_empty() { served.boxed() } else { Cors::new(served, &origins).boxed() }
}
