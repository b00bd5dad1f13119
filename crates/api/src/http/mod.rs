//! What happens around every request.

mod client;
mod hosts;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use poem::{Endpoint, IntoResponse, Request, Response};

pub(crate) use self::client::Client;
use crate::HttpSettings;
use crate::body::BodyTimeout;
use crate::endpoints::ORIGINAL_PATHS;
use crate::problem::{OriginalProblem, Problem, ProblemCode};

/// Answers one request: whatever goes wrong inside, a panic included, leaves as a problem.
pub(crate) async fn serve<E: Endpoint>(
    endpoint: Arc<E>,
    mut request: Request,
    settings: HttpSettings,
) -> poem::Result<Response> {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let result = if settings.loopback_hosts_only && !hosts::is_loopback(&request) {
        Err(Problem::new(ProblemCode::MisdirectedRequest).into())
    } else {
        request.set_data(Client::of(&request, &settings.trusted_proxies));
        request.set_data(BodyTimeout(settings.body_timeout));
        AssertUnwindSafe(endpoint.call(request)).catch_unwind().await.unwrap_or_else(|_| {
            // The panic hook has told what and where.
            Err(Problem::new(ProblemCode::InternalError).into())
        })
    };
    let response = match result {
        Ok(response) => response.into_response(),
        Err(error) => failure(&path, &error),
    };
    // A path that is not ours may hold anything, also what must not be logged.
    let is_ours = !matches!(response.status().as_u16(), 404 | 421);
    let path = if is_ours { &path } else { "?" };
    let milliseconds = started.elapsed().as_millis();
    tracing::debug!(%method, path, status = response.status().as_u16(), milliseconds, "answered");
    Ok(response)
}

fn failure(path: &str, error: &poem::Error) -> Response {
    let problem = Problem::of(error);
    if ORIGINAL_PATHS.contains(&path) {
        problem.response(&OriginalProblem::from(problem.details()))
    } else {
        problem.into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_problem() {
        let broken = poem::endpoint::make_sync(|_| -> &'static str { panic!("s3cret") });
        let settings = HttpSettings {
            original_app: None,
            trusted_proxies: Vec::new(),
            loopback_hosts_only: false,
            body_timeout: Duration::from_secs(1),
        };
        for (path, message) in [("/v1/me", false), ("/wxLogin", true)] {
            let request = Request::builder().uri_str(path).finish();
            let answer = serve(Arc::new(&broken), request, settings.clone()).await.unwrap();
            assert_eq!(answer.status(), 500);
            assert_eq!(answer.content_type(), Some("application/problem+json"));
            let body = answer.into_body().into_string().await.unwrap();
            assert!(body.contains("internal_error") && !body.contains("s3cret"), "{body}");
            assert_eq!(body.contains("接口错误"), message, "{body}");
        }
    }
}
