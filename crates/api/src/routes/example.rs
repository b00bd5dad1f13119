use poem::endpoint::StaticFilesEndpoint;
use poem::error::StaticFileError;
use poem::http::header;
use poem::{Endpoint, EndpointExt, IntoResponse, Response, Route, endpoint, get};

use crate::problem::{Problem, ProblemCode};
use crate::settings::Example;

/// Serves the page's files without listing them.
pub(crate) fn example(Example { folder, config }: Example) -> impl Endpoint {
    let files = StaticFilesEndpoint::new(folder)
        .index_file("index.html")
        // The page changes with every build.
        .no_cache_index()
        .redirect_to_slash_directory()
        .catch_error(|_: StaticFileError| async {
            Problem::new(ProblemCode::NotFound).into_response()
        });
    let config = endpoint::make_sync(move |_| {
        Response::builder()
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CACHE_CONTROL, "no-store")
            .body(config.clone())
    });
    Route::new().at("/config.json", get(config)).nest("/", get(files))
}
