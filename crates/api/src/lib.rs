//! The HTTP API and its OpenAPI document.
//!
//! Parses requests, calls use cases and maps what they say to answers; decides nothing. Every
//! failure of any kind leaves as `application/problem+json` (RFC 9457).

mod body;
mod document;
mod endpoints;
mod http;
mod outside;
mod problem;
mod security;
mod server;

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt, Response, Route};
use tokio::net::TcpListener;
use wxlogin_domain::model::AppId;
use wxlogin_domain::ports::DeploymentStore;
use wxlogin_domain::usecase::current_user::CurrentUser;
use wxlogin_domain::usecase::log_in::LogIn;

use self::document::Document;
use self::endpoints::{AccountApi, OriginalApi, SignInApi};

/// What the API calls.
#[derive(Clone)]
pub struct Services {
    /// Signs people in.
    pub log_in: Arc<LogIn>,
    /// Says who a token's bearer is.
    pub current_user: Arc<CurrentUser>,
    /// Says whether the database answers.
    pub deployment: Arc<dyn DeploymentStore>,
}

/// How HTTP is spoken.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The app the original contract signs in to; without it those endpoints are not found.
    pub original_app: Option<AppId>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether requests for any host but a loopback one are refused, which keeps web pages from
    /// reaching a development server by a name of their own (DNS rebinding).
    pub loopback_hosts_only: bool,
    /// How long a request's body may take to arrive.
    pub body_timeout: Duration,
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
    services: &Services,
    settings: HttpSettings,
    stopped: impl Future<Output = ()>,
) -> std::io::Result<()> {
    server::run(listener, endpoint(services, settings), stopped).await
}

fn endpoint(services: &Services, settings: HttpSettings) -> BoxEndpoint<'static, Response> {
    let original = settings
        .original_app
        .clone()
        .map(|app_id| endpoints::Original { log_in: services.log_in.clone(), app_id });
    let api = document::service((
        SignInApi(Some(services.log_in.clone())),
        AccountApi(Some(services.current_user.clone())),
        OriginalApi(original),
    ));
    let document = Document::of(&api);
    let routes = Route::new()
        .nest("/docs", outside::swagger_ui(&document.html))
        .at("/openapi.json", outside::text("application/json", document.json))
        .at("/openapi.yaml", outside::text("application/yaml", document.yaml))
        .at("/healthz", outside::healthz())
        .at("/readyz", outside::readyz(services.deployment.clone()))
        .nest("/", api);
    routes.around(move |endpoint, request| http::serve(endpoint, request, settings.clone())).boxed()
}
