use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use ipnet::IpNet;
use poem::error::MethodNotAllowedError;
use poem::http::{Uri, header};
use poem::{Endpoint, IntoResponse, Request, Response};
use poem_openapi::OpenApi;
use wxlogin_domain::usecase::Subject;

use super::allowed_methods::AllowedMethods;
use super::loopback_hosts::is_loopback;
use super::media_types::MediaTypes;
use super::query_parameters::QueryParameters;
use super::refusal_log::RefusalLog;
use super::well_known_paths::{document_at, path_of};
use crate::endpoints::{OAUTH_PATHS, ORIGINAL_PATHS, original_path};
use crate::extractors::{BodyTimeout, ClientIp};
use crate::problem::{OAuthProblem, OriginalProblem, Problem, ProblemCode};
use crate::routes::START_PATH;
use crate::settings::HttpSettings;

/// What [`handle`] needs to know about the service.
pub(crate) struct HandlerConfig {
    trusted_proxies: Vec<IpNet>,
    loopback_hosts_only: bool,
    body_timeout: BodyTimeout,
    issuer_path: String,
    allowed: AllowedMethods,
    media_types: MediaTypes,
    queries: QueryParameters,
    refusals: RefusalLog,
}

impl HandlerConfig {
    /// Builds the configuration for an API of type `A`.
    pub(crate) fn of<A: OpenApi>(settings: &HttpSettings) -> Self {
        Self {
            issuer_path: path_of(&settings.issuer).to_owned(),
            trusted_proxies: settings.trusted_proxies.clone(),
            loopback_hosts_only: settings.loopback_hosts_only,
            body_timeout: BodyTimeout(settings.body_timeout),
            allowed: AllowedMethods::of::<A>(),
            media_types: MediaTypes::of::<A>(),
            queries: QueryParameters::of::<A>(),
            refusals: RefusalLog::default(),
        }
    }
}

/// Handles one request. Every failure, a panic included, becomes a problem response.
pub(crate) async fn handle<E: Endpoint>(
    endpoint: Arc<E>,
    mut request: Request,
    config: Arc<HandlerConfig>,
) -> poem::Result<Response> {
    let started = Instant::now();
    let method = request.method().clone();
    let original = original_path(request.uri().path());
    let path = original.unwrap_or(request.uri().path()).to_owned();
    let client_ip = ClientIp::of(&request, &config.trusted_proxies);
    let (result, subject) = if config.loopback_hosts_only && !is_loopback(&request) {
        (Err(Problem::new(ProblemCode::MisdirectedRequest).into()), Subject::default())
    } else if let Err(problem) = config.queries.check(&request) {
        (Err(problem.into()), Subject::default())
    } else {
        request.set_data(client_ip);
        request.set_data(config.body_timeout);
        let target = original.or_else(|| document_at(&path, &config.issuer_path));
        if let Some(path) = target.or((path == "/").then_some(START_PATH)) {
            // Without the query: the original contract ignores it.
            *request.uri_mut() = Uri::from_static(path);
        }
        let called = AssertUnwindSafe(endpoint.call(request)).catch_unwind();
        let (result, subject) = Subject::of(called).await;
        let result = result.unwrap_or_else(|_| {
            // The panic hook has logged it.
            Err(Problem::new(ProblemCode::InternalError).into())
        });
        (result, subject)
    };
    let response = match result {
        Ok(response) => response.into_response(),
        Err(error) => {
            let mut problem = Problem::of(&error);
            if problem.code == ProblemCode::UnsupportedMediaType
                && let Some(advice) = config.media_types.advice(&method, &path)
            {
                let detail = problem.detail.iter().map(|detail| &**detail).chain([advice]);
                problem.detail = Some(detail.collect::<Vec<_>>().join(" ").into());
            }
            config.refusals.note(&problem, &subject, client_ip.counted());
            failure(&path, &error, problem, &config.allowed)
        }
    };
    // An unknown path can contain anything, also secrets.
    let is_known = !matches!(response.status().as_u16(), 404 | 421);
    let path = if is_known { &path } else { "?" };
    let milliseconds = started.elapsed().as_millis();
    let status = response.status().as_u16();
    tracing::debug!(%method, path, status, milliseconds, "request completed");
    Ok(response)
}

fn failure(
    path: &str,
    error: &poem::Error,
    problem: Problem,
    allowed: &AllowedMethods,
) -> Response {
    let mut response = if ORIGINAL_PATHS.contains(&path) {
        problem.response::<OriginalProblem>()
    } else if OAUTH_PATHS.contains(&path) {
        problem.response::<OAuthProblem>()
    } else {
        problem.into_response()
    };
    if error.is::<MethodNotAllowedError>() {
        response.headers_mut().insert(header::ALLOW, allowed.at(path));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::document::Api;

    #[tokio::test]
    async fn a_panic_becomes_a_problem() {
        let broken = poem::endpoint::make_sync(|_| -> &'static str { panic!("s3cret") });
        let settings = HttpSettings {
            issuer: "https://login.example".into(),
            original_app: None,
            trusted_proxies: Vec::new(),
            loopback_hosts_only: false,
            body_timeout: Duration::from_secs(1),
            cors_origins: Vec::new(),
            example: None,
        };
        let config = Arc::new(HandlerConfig::of::<Api>(&settings));
        for (path, message) in [("/v1/me", false), ("/wxLogin", true)] {
            let request = Request::builder().uri_str(path).finish();
            let answer = handle(Arc::new(&broken), request, config.clone()).await.unwrap();
            assert_eq!(answer.status(), 500);
            assert_eq!(answer.content_type(), Some("application/problem+json"));
            let body = answer.into_body().into_string().await.unwrap();
            assert!(body.contains("internal_error") && !body.contains("s3cret"), "{body}");
            assert_eq!(body.contains("接口错误"), message, "{body}");
        }
    }
}
