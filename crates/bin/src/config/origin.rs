use url::Url;

use super::ConfigError;

/// Checks that the text is an origin as browsers send it (RFC 6454 section 6.2). Written in any
/// other way, it would never match. `name` is the setting or flag.
pub(crate) fn check_origin(name: &str, text: &str) -> Result<(), ConfigError> {
    if text.contains('*') {
        let rule = "`*` is not supported; list each origin";
        return Err(ConfigError::setting(name, rule));
    }
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if url.is_some_and(|url| url.origin().ascii_serialization() == text) {
        Ok(())
    } else {
        let rule = "expected an origin like https://app.example.com or http://localhost:5173, without \
                    a path and without the default port";
        Err(ConfigError::setting(name, rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_as_browsers_send_them_are_valid() {
        for valid in [
            "https://app.example.com",
            "http://localhost:5173",
            "http://127.0.0.1:5173",
            "http://[::1]:5173",
            "https://app.example.com:8443",
            "https://xn--fsq.example",
        ] {
            assert_eq!(check_origin("x", valid), Ok(()), "{valid}");
        }
        for invalid in [
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
            let error = check_origin("server.cors_origins", invalid).expect_err(invalid);
            assert!(error.to_string().starts_with("server.cors_origins: "), "{error}");
        }
    }
}
