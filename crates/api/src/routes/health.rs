use std::sync::Arc;
use std::time::Instant;

use poem::http::header;
use poem::{Endpoint, IntoResponse, Response, endpoint, get};
use wxlogin_domain::usecase::operations::readiness::Readiness;

use crate::problem::Problem;

/// Reports that the process is running.
pub(crate) fn healthz() -> impl Endpoint {
    get(endpoint::make_sync(|_| status("ok")))
}

/// Reports whether the process can sign in users and verify tokens: the database accepts writes and
/// the revocation list is up to date. Answered from memory.
pub(crate) fn readyz(readiness: Arc<Readiness>) -> impl Endpoint {
    get(endpoint::make_sync(move |_| {
        readiness.check(Instant::now()).map_err(Problem::from)?;
        Ok::<_, poem::Error>(status("ready"))
    }))
}

fn status(word: &str) -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(format!(r#"{{"status":"{word}"}}"#))
        .into_response()
}
