use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use poem::http::{StatusCode, header};
use poem::{Endpoint, Request, Response, endpoint, get};

use crate::answer::{hash, is_known};

/// A text that stays the same while the process runs: compressed once, cached by its hash.
pub(crate) fn text(content_type: &'static str, text: String) -> impl Endpoint {
    let page = Page::new(content_type, text);
    get(endpoint::make_sync(move |request| page.answer(&request)))
}

pub(super) struct Page {
    content_type: &'static str,
    etag: String,
    plain: Bytes,
    /// Absent if compressing fails, which it does not in memory.
    gzip: Option<Bytes>,
}

impl Page {
    pub(super) fn new(content_type: &'static str, text: String) -> Self {
        // Weak: the same tag stands for both encodings (RFC 9110 section 8.8.3).
        let etag = format!(r#"W/"{:016x}""#, hash(&text));
        let plain = Bytes::from(text);
        Self { content_type, etag, gzip: gzip(&plain).ok().map(Bytes::from), plain }
    }

    pub(super) fn answer(&self, request: &Request) -> Response {
        let answer = Response::builder()
            .header(header::ETAG, &self.etag)
            .header(header::VARY, "accept-encoding")
            // A new version of the binary brings a new text: ask each time, transfer rarely.
            .header(header::CACHE_CONTROL, "no-cache");
        if is_known(request, &self.etag) {
            return answer.status(StatusCode::NOT_MODIFIED).finish();
        }
        let answer = answer.header(header::CONTENT_TYPE, self.content_type);
        match &self.gzip {
            Some(gzip) if accepts_gzip(request) => {
                answer.header(header::CONTENT_ENCODING, "gzip").body(gzip.clone())
            }
            _ => answer.body(self.plain.clone()),
        }
    }
}

fn gzip(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}

/// Whether the client takes gzip. A word with a parameter (`gzip;q=0`) is not understood: sending
/// more bytes is the safe side.
fn accepts_gzip(request: &Request) -> bool {
    request
        .headers()
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|encoding| encoding.trim() == "gzip")
}
