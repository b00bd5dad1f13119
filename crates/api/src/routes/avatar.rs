use std::sync::Arc;

use poem::http::{StatusCode, header};
use poem::{Endpoint, Request, Response, endpoint, get};
use wxlogin_domain::model::AvatarName;
use wxlogin_domain::usecase::profile::avatars::Avatars;

use crate::problem::{Problem, ProblemCode};
use crate::responses::matches_etag;

/// The path of uploaded avatars.
pub(crate) const AVATAR_PATH: &str = "/avatars/:name";

/// Serves an avatar to everyone who knows its name.
pub(crate) fn avatar(avatars: Arc<Avatars>) -> impl Endpoint {
    get(endpoint::make(move |request| {
        let avatars = avatars.clone();
        async move { Ok::<_, poem::Error>(show(&avatars, &request).await?) }
    }))
}

async fn show(avatars: &Avatars, request: &Request) -> Result<Response, Problem> {
    let name = AvatarName::parse(request.raw_path_param("name").unwrap_or_default());
    let name = name.map_err(|_| Problem::new(ProblemCode::NotFound))?;
    let image = avatars.show(&name).await?.ok_or(Problem::new(ProblemCode::NotFound))?;
    // A name always belongs to the same image.
    let etag = format!(r#""{}""#, name.as_str());
    let response = Response::builder()
        .header(header::ETAG, &etag)
        .header(header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    if matches_etag(request, &etag) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    Ok(response
        .header(header::CONTENT_TYPE, "image/jpeg")
        // Browsers must not treat it as anything but an image.
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox")
        .body(image.0))
}
