use url::Url;

use super::ConfigError;

/// Whether the text is an origin as browsers write it (RFC 6454 section 6.2): one that is written
/// in any other way would never be met.
pub(crate) fn check_origin(name: &str, text: &str) -> Result<(), ConfigError> {
    if text.contains('*') {
        let rule = "`*` is not understood; list the origins that you know";
        return Err(ConfigError::setting(name, rule));
    }
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if url.is_some_and(|url| url.origin().ascii_serialization() == text) {
        Ok(())
    } else {
        let rule = "expected an origin like https://app.example.com: scheme, host and a port that \
                    is not the scheme's own, and no path";
        Err(ConfigError::setting(name, rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for right in [
            "https://app.example.com",
            "http://localhost:5173",
            "http://127.0.0.1:5173",
            "http://[::1]:5173",
            "https://app.example.com:8443",
            "https://xn--fsq.example",
        ] {
            assert_eq!(check_origin("x", right), Ok(()), "{right}");
        }
        for wrong in [
            "",
            "*",
            "null",
            "app.example.com",
            "localhost:5173",
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://app.example.com:443",
            "https://App.example.com",
            "https://*.example.com",
            "https://user@app.example.com",
            "https://例.example",
            "ftp://app.example.com",
            "file:///",
            " https://app.example.com",
        ] {
            let error = check_origin("server.cors_origins", wrong).expect_err(wrong);
            assert!(error.to_string().starts_with("server.cors_origins: "), "{error}");
        }
    }
}
