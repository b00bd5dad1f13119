use std::hash::{DefaultHasher, Hash, Hasher};

use poem::Request;
use poem::http::header;

/// Returns whether the client has already cached the response with this `ETag` (RFC 9110 section
/// 13.1.2). The comparison is weak, because proxies that compress a response make its tag weak.
pub(crate) fn matches_etag(request: &Request, etag: &str) -> bool {
    fn opaque(tag: &str) -> &str {
        tag.strip_prefix("W/").unwrap_or(tag)
    }
    let sent = request.headers().get_all(header::IF_NONE_MATCH);
    let tags = sent.iter().filter_map(|value| value.to_str().ok()).flat_map(|tags| tags.split(','));
    tags.map(str::trim).any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}

/// Hashes a text for its `ETag`. All instances of one version get the same hash.
pub(crate) fn hash(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
