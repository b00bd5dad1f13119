//! What happens around every request.

mod allow;
mod client;
mod cors;
mod hosts;
mod idempotency_key;
mod well_known;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use ipnet::IpNet;
use poem::error::MethodNotAllowedError;
use poem::http::{Uri, header};
use poem::{Endpoint, IntoResponse, Request, Response};
use poem_openapi::OpenApi;

use self::allow::AllowedMethods;
pub(crate) use self::client::Client;
pub(crate) use self::cors::Cors;
pub(crate) use self::idempotency_key::IdempotencyKeyHeader;
use crate::HttpSettings;
use crate::body::BodyTimeout;
use crate::endpoints::{OAUTH_PATHS, ORIGINAL_PATHS};
use crate::problem::{OAuthProblem, OriginalProblem, Problem, ProblemCode};

/// What requests are answered with, the same for all of them.
pub(crate) struct Surroundings {
    trusted_proxies: Vec<IpNet>,
    loopback_hosts_only: bool,
    body_timeout: BodyTimeout,
    issuer_path: String,
    allowed: AllowedMethods,
}

impl Surroundings {
    /// Those of an API of this type.
    pub(crate) fn of<A: OpenApi>(settings: HttpSettings) -> Self {
        Self {
            issuer_path: well_known::path_of(&settings.issuer).to_owned(),
            trusted_proxies: settings.trusted_proxies,
            loopback_hosts_only: settings.loopback_hosts_only,
            body_timeout: BodyTimeout(settings.body_timeout),
            allowed: AllowedMethods::of::<A>(),
        }
    }
}

/// Answers one request: whatever goes wrong inside, a panic included, leaves as a problem.
pub(crate) async fn serve<E: Endpoint>(
    endpoint: Arc<E>,
    mut request: Request,
    surroundings: Arc<Surroundings>,
) -> poem::Result<Response> {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let result = if surroundings.loopback_hosts_only && !hosts::is_loopback(&request) {
        Err(Problem::new(ProblemCode::MisdirectedRequest).into())
    } else {
        request.set_data(Client::of(&request, &surroundings.trusted_proxies));
        request.set_data(surroundings.body_timeout);
        if let Some(place) = well_known::behind(&path, &surroundings.issuer_path) {
            *request.uri_mut() = Uri::from_static(place);
        }
        AssertUnwindSafe(endpoint.call(request)).catch_unwind().await.unwrap_or_else(|_| {
            // The panic hook has told what and where.
            Err(Problem::new(ProblemCode::InternalError).into())
        })
    };
    let response = match result {
        Ok(response) => response.into_response(),
        Err(error) => failure(&path, &error, &surroundings.allowed),
    };
    // A path that is not ours may hold anything, also what must not be logged.
    let is_ours = !matches!(response.status().as_u16(), 404 | 421);
    let path = if is_ours { &path } else { "?" };
    let milliseconds = started.elapsed().as_millis();
    tracing::debug!(%method, path, status = response.status().as_u16(), milliseconds, "answered");
    Ok(response)
}

fn failure(path: &str, error: &poem::Error, allowed: &AllowedMethods) -> Response {
    let problem = Problem::of(error);
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
    async fn a_panic_is_a_problem() {
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
        let surroundings = Arc::new(Surroundings::of::<Api>(settings));
        for (path, message) in [("/v1/me", false), ("/wxLogin", true)] {
            let request = Request::builder().uri_str(path).finish();
            let answer = serve(Arc::new(&broken), request, surroundings.clone()).await.unwrap();
            assert_eq!(answer.status(), 500);
            assert_eq!(answer.content_type(), Some("application/problem+json"));
            let body = answer.into_body().into_string().await.unwrap();
            assert!(body.contains("internal_error") && !body.contains("s3cret"), "{body}");
            assert_eq!(body.contains("接口错误"), message, "{body}");
        }
    }
}
