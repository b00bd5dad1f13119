/// Where documents are that others look for by themselves (RFC 8615).
const PLACES: [&str; 3] = [
    "/.well-known/jwks.json",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

/// The path in an issuer's URL: empty for `https://login.example.com`.
pub(crate) fn path_of(issuer: &str) -> &str {
    let authority = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    authority.find('/').map_or("", |slash| authority[slash..].trim_end_matches('/'))
}

/// The well-known document that is meant, for an issuer with a path: OpenID Connect Discovery puts
/// the path before the well-known part and RFC 8414 (section 3.1) behind it.
pub(super) fn behind(path: &str, issuer_path: &str) -> Option<&'static str> {
    if issuer_path.is_empty() {
        return None;
    }
    PLACES.into_iter().find(|place| {
        path.strip_prefix(issuer_path) == Some(place)
            || path.strip_prefix(place) == Some(issuer_path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_may_have_a_path() {
        assert_eq!(path_of("https://login.example.com"), "");
        assert_eq!(path_of("https://example.com/wx/login"), "/wx/login");
        assert_eq!(path_of("https://example.com:8443/a"), "/a");
        let discovery = Some("/.well-known/openid-configuration");
        assert_eq!(behind("/a/.well-known/openid-configuration", "/a"), discovery);
        assert_eq!(behind("/.well-known/openid-configuration/a", "/a"), discovery);
        for other in
            ["/.well-known/openid-configuration", "/b/.well-known/jwks.json", "/a/v1/me", "/a"]
        {
            assert_eq!(behind(other, "/a"), None, "{other}");
        }
        assert_eq!(behind("/.well-known/jwks.json", ""), None);
    }
}
