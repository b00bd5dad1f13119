//! The web page: gets codes, scripts faults and shows the calls.

use poem::http::header;
use poem::{Response, handler};

/// No content from other origins, no inline scripts or styles, no framing.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[handler]
pub(crate) fn html() -> Response {
    file("text/html; charset=utf-8", include_str!("page.html"))
}

#[handler]
pub(crate) fn css() -> Response {
    file("text/css; charset=utf-8", include_str!("page.css"))
}

#[handler]
pub(crate) fn js() -> Response {
    file("text/javascript; charset=utf-8", include_str!("page.js"))
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, content_type)
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::REFERRER_POLICY, "no-referrer")
        .header(header::CACHE_CONTROL, "no-store")
        .body(text)
}
