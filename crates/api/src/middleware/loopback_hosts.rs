use std::net::IpAddr;

use poem::Request;
use poem::http::header;

/// Returns whether every host that the request names is a loopback host.
pub(super) fn is_loopback(request: &Request) -> bool {
    let named = request.headers().get_all(header::HOST).iter();
    let named = named.map(|host| host.to_str().unwrap_or_default());
    let mut named =
        named.chain(request.uri().authority().map(poem::http::uri::Authority::as_str)).peekable();
    named.peek().is_some() && named.all(is_loopback_authority)
}

fn is_loopback_authority(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || literal.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback_authority;

    #[test]
    fn only_loopback_hosts_are_accepted() {
        for right in
            ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.1.2.3", "[::1]", "[::1]:80"]
        {
            assert!(is_loopback_authority(right), "{right}");
        }
        for wrong in
            ["", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "192.0.2.1"]
        {
            assert!(!is_loopback_authority(wrong), "{wrong}");
        }
    }
}
