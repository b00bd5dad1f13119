use std::sync::Arc;

use poem::http::header;
use poem::{Endpoint, IntoResponse, Response, endpoint, get};
use wxlogin_domain::ports::DeploymentStore;

use crate::problem::Problem;

/// The process runs.
pub(crate) fn healthz() -> impl Endpoint {
    get(endpoint::make_sync(|_| status("ok")))
}

/// The process can sign people in: its database answers.
pub(crate) fn readyz(deployment: Arc<dyn DeploymentStore>) -> impl Endpoint {
    get(endpoint::make(move |_| {
        let deployment = deployment.clone();
        async move {
            deployment.ping().await.map_err(Problem::from)?;
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
