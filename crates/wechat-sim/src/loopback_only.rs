//! Protects the simulator from foreign web pages in the developer's browser.
//!
//! Such a page can reach loopback ports, and by DNS rebinding even read the responses. But then the
//! `Host` header names the page's domain, and a cross-site form names it in `Origin`.

use std::net::Ipv4Addr;

use poem::http::uri::Authority;
use poem::http::{StatusCode, header};
use poem::{Endpoint, IntoResponse, Request, Response, Result};

/// Answers 403 unless `Host` is a loopback name and `Origin`, if there is one, is too.
pub(crate) async fn loopback_only<E: Endpoint>(endpoint: E, request: Request) -> Result<Response> {
    if is_local(&request) {
        Ok(endpoint.get_response(request).await)
    } else {
        let text = "Open the WeChat simulator as localhost or 127.0.0.1. It refuses other host names, \
                    and web pages from other hosts.\n";
        Ok(text.with_status(StatusCode::FORBIDDEN).into_response())
    }
}

fn is_local(request: &Request) -> bool {
    let values = |name| {
        let values = request.headers().get_all(name).iter();
        values.map(|value| value.to_str().unwrap_or_default())
    };
    // HTTP/2 names the server in the request target, not in a header.
    let target = request.uri().authority().map(Authority::as_str);
    let mut names = values(header::HOST).chain(target).peekable();
    names.peek().is_some()
        && names.all(is_loopback)
        && values(header::ORIGIN).all(is_loopback_origin)
}

fn is_loopback_origin(origin: &str) -> bool {
    origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"))
        .is_some_and(is_loopback)
}

/// Whether `host[:port]` can only mean this machine.
fn is_loopback(authority: &str) -> bool {
    let (host, port) = match authority.rsplit_once(':') {
        Some(parts) if !authority.ends_with(']') => parts,
        _ => (authority, ""),
    };
    port.bytes().all(|byte| byte.is_ascii_digit())
        && (host.eq_ignore_ascii_case("localhost")
            || host == "[::1]"
            || host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_pass() {
        for name in ["127.0.0.1", "127.0.0.1:8081", "localhost", "LocalHost:1", "[::1]", "[::1]:80"]
        {
            assert!(is_loopback(name), "{name}");
        }
        for name in [
            "",
            ":8081",
            "evil.example",
            "localhost.evil.example",
            "localhost:80:80",
            "10.0.0.1",
            "0.0.0.0:8081",
            "[::]",
            "::1",
            "evil@localhost",
            "127.0.0.1.evil.example",
            "localhost:x",
        ] {
            assert!(!is_loopback(name), "{name}");
        }
        assert!(is_loopback_origin("http://localhost:5173"));
        assert!(!is_loopback_origin("null"));
        assert!(!is_loopback_origin("https://evil.example"));
    }
}
