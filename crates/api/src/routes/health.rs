use std::sync::Arc;
use std::time::Instant;

use poem::http::header;
use poem::{Endpoint, IntoResponse, Response, endpoint, get};
use wxlogin_domain::ports::DeploymentStore;
use wxlogin_domain::usecase::tokens::revocations::Revocations;

use crate::problem::Problem;

/// Reports that the process is running.
pub(crate) fn healthz() -> impl Endpoint {
    get(endpoint::make_sync(|_| status("ok")))
}

/// Reports whether the process can sign in users and verify tokens: the database answers and the
/// revocation list is up to date.
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
