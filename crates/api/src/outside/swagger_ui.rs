use poem::http::header;
use poem::{Endpoint, Route, endpoint, get};

use super::static_text::Page;

/// Swagger UI as one page that loads nothing from elsewhere.
pub(crate) fn swagger_ui(html: String) -> impl Endpoint {
    let page = Page::new("text/html; charset=utf-8", fit_for_phones(&html));
    Route::new().at(
        "/",
        get(endpoint::make_sync(move |request| {
            let mut response = page.answer(&request);
            for (name, value) in [
                // The page carries its scripts and styles inside, and talks to this server alone.
                (
                    header::CONTENT_SECURITY_POLICY,
                    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; \
                     base-uri 'none'; form-action 'none'",
                ),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "no-referrer"),
            ] {
                response
                    .headers_mut()
                    .insert(name, header::HeaderValue::from_static(value));
            }
            response
        })),
    )
}

fn fit_for_phones(html: &str) -> String {
    let html = html.trim_start().replacen(
        "<head>",
        "<head><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"icon\" href=\"data:,\">",
        1,
    );
    let html = html.replacen("<title>Swagger UI</title>", "<title>wxlogin API</title>", 1);
    format!("<!doctype html>\n{html}")
}
