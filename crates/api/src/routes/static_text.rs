use std::io::Write;
use std::sync::LazyLock;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Endpoint, Request, Response, endpoint, get};

use crate::responses::{hash, matches_etag};

/// Serves a text that does not change while the process runs. It is made and compressed when somebody
/// first asks for it: most instances start without.
pub(crate) fn text(
    content_type: &'static str,
    text: impl FnOnce() -> String + Send + 'static,
) -> impl Endpoint {
    let page = LazyLock::new(move || Page::new(content_type, text().into()));
    get(endpoint::make_sync(move |request| page.respond(&request)))
}

/// Serves an HTML page that does not change while the process runs, with this content security policy.
pub(super) fn page(
    policy: &'static str,
    html: impl FnOnce() -> String + Send + 'static,
) -> impl Endpoint {
    let page = LazyLock::new(move || Page::new("text/html; charset=utf-8", html().into()));
    get(endpoint::make_sync(move |request| {
        let mut response = page.respond(&request);
        for (name, value) in [
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }))
}

struct Page {
    content_type: &'static str,
    etag: String,
    plain: Bytes,
    /// `None` if compression failed, which it never does in memory.
    gzip: Option<Bytes>,
}

impl Page {
    fn new(content_type: &'static str, plain: Bytes) -> Self {
        // Weak, because both encodings have the same tag (RFC 9110 section 8.8.3).
        let etag = format!(r#"W/"{:016x}""#, hash(&plain));
        Self { content_type, etag, gzip: gzip(&plain).ok().map(Bytes::from), plain }
    }

    fn respond(&self, request: &Request) -> Response {
        let response = Response::builder()
            .header(header::ETAG, &self.etag)
            .header(header::VARY, "accept-encoding")
            // The text changes with the version of the binary: clients revalidate each time.
            .header(header::CACHE_CONTROL, "no-cache");
        if matches_etag(request, &self.etag) {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        let response = response.header(header::CONTENT_TYPE, self.content_type);
        match &self.gzip {
            Some(gzip) if accepts_gzip(request) => {
                response.header(header::CONTENT_ENCODING, "gzip").body(gzip.clone())
            }
            _ => response.body(self.plain.clone()),
        }
    }
}

fn gzip(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}

/// Returns whether the client accepts gzip. Entries with a parameter, such as `gzip;q=0`, are ignored:
/// an uncompressed response is always correct.
fn accepts_gzip(request: &Request) -> bool {
    request
        .headers()
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|encoding| encoding.trim() == "gzip")
}
