use std::sync::Arc;
use std::time::Instant;

use poem::http::header;
use poem::{Endpoint, IntoResponse, Response, endpoint, get};
use wxlogin_domain::ports::DeploymentStore;
use wxlogin_domain::usecase::tokens::revocations::Revocations;

use crate::problem::Problem;

/// The process runs.
pub(crate) fn healthz() -> impl Endpoint {
    get(endpoint::make_sync(|_| status("ok")))
}

/// The process can sign people in and check tokens: its database answers, and it is known what was
/// revoked.
pub(crate) fn readyz(
    deployment: Arc<dyn DeploymentStore>,
    revocations: Arc<Revocations>,
) -> impl Endpoint {
    get(endpoint::make(move |_| {
        let (deployment, revocations) = (deployment.clone(), revocations.clone());
        async move {
            deployment.ping().await.map_err(Problem::from)?;
            revocations.is_fresh(Instant::now()).map_err(Problem::from)?;
            Ok::<_, poem::Error>(status("ready"))
        }
    }))
}

fn status(word: &str) -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(format!(r#"{{"status":"{word}"}}"#))
        .into_response()
}
