/// The documents that clients find by their well-known paths (RFC 8615).
const DOCUMENTS: [&str; 3] = [
    "/.well-known/jwks.json",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

/// Returns the path of an issuer's URL, which is empty for `https://login.example.com`.
pub(crate) fn path_of(issuer: &str) -> &str {
    let authority = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    authority.find('/').map_or("", |slash| authority[slash..].trim_end_matches('/'))
}

/// Returns the document that a path requests from an issuer whose URL has a path. OpenID Connect
/// Discovery puts the issuer's path before the well-known part, RFC 8414 (section 3.1) after it.
pub(super) fn document_at(path: &str, issuer_path: &str) -> Option<&'static str> {
    if issuer_path.is_empty() {
        return None;
    }
    DOCUMENTS.into_iter().find(|document| {
        path.strip_prefix(issuer_path) == Some(document)
            || path.strip_prefix(document) == Some(issuer_path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_can_have_a_path() {
        assert_eq!(path_of("https://login.example.com"), "");
        assert_eq!(path_of("https://example.com/wx/login"), "/wx/login");
        assert_eq!(path_of("https://example.com:8443/a"), "/a");
        let discovery = Some("/.well-known/openid-configuration");
        assert_eq!(document_at("/a/.well-known/openid-configuration", "/a"), discovery);
        assert_eq!(document_at("/.well-known/openid-configuration/a", "/a"), discovery);
        for other in
            ["/.well-known/openid-configuration", "/b/.well-known/jwks.json", "/a/v1/me", "/a"]
        {
            assert_eq!(document_at(other, "/a"), None, "{other}");
        }
        assert_eq!(document_at("/.well-known/jwks.json", ""), None);
    }
}
