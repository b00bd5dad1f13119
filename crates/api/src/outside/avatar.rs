use std::sync::Arc;

use poem::http::{StatusCode, header};
use poem::{Endpoint, Request, Response, endpoint, get};
use wxlogin_domain::model::AvatarName;
use wxlogin_domain::usecase::profile::avatars::Avatars;

use crate::answer::is_known;
use crate::problem::{Problem, ProblemCode};

/// Where pictures are shown that were uploaded.
pub(crate) const AVATAR_PATH: &str = "/avatars/:name";

/// Shows a picture to whoever knows its name.
pub(crate) fn avatar(avatars: Arc<Avatars>) -> impl Endpoint {
    get(endpoint::make(move |request| {
        let avatars = avatars.clone();
        async move { Ok::<_, poem::Error>(show(&avatars, &request).await?) }
    }))
}

async fn show(avatars: &Avatars, request: &Request) -> Result<Response, Problem> {
    let name = AvatarName::parse(request.raw_path_param("name").unwrap_or_default());
    let name = name.map_err(|_| Problem::new(ProblemCode::NotFound))?;
    let picture = avatars.show(&name).await?.ok_or(Problem::new(ProblemCode::NotFound))?;
    // Under one name there is never another picture.
    let etag = format!(r#""{}""#, name.as_str());
    let answer = Response::builder()
        .header(header::ETAG, &etag)
        .header(header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    if is_known(request, &etag) {
        return Ok(answer.status(StatusCode::NOT_MODIFIED).finish());
    }
    Ok(answer
        .header(header::CONTENT_TYPE, "image/jpeg")
        // It is a picture and nothing else, however it is opened.
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox")
        .body(picture.0))
}
