use std::path::Path;

/// What is wrong with the configuration, in one line. It names settings and files and never
/// repeats a value, because any value may be a secret in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(super) String);

impl ConfigError {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A setting's value was refused; `rule` says what it should be.
    pub(super) fn setting(name: &str, rule: impl std::fmt::Display) -> Self {
        Self(format!("{name}: {rule}"))
    }

    /// A file is not TOML. The parser's own text shows the line, which may hold a secret.
    pub(super) fn syntax(file: &Path, text: &str, error: &toml::de::Error) -> Self {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Self(format!("{} line {line} is not TOML", file.display()))
    }
}

impl From<config::ConfigError> for ConfigError {
    fn from(error: config::ConfigError) -> Self {
        Self(describe(&error))
    }
}

fn describe(error: &config::ConfigError) -> String {
    use config::ConfigError as E;
    match error {
        E::Type { expected, key, origin, .. } => {
            let key = key.as_deref().unwrap_or("a setting");
            let origin = origin.as_deref().map(|origin| format!(" ({origin})")).unwrap_or_default();
            format!("{key}: expected {expected}{origin}")
        }
        E::At { error, key, origin } => {
            let inner = describe(error);
            match (key, origin) {
                (Some(key), Some(origin)) => format!("{key}: {inner} ({origin})"),
                (Some(key), None) => format!("{key}: {inner}"),
                (None, Some(origin)) => format!("{inner} ({origin})"),
                (None, None) => inner,
            }
        }
        E::NotFound(key) => format!("{key} is missing"),
        // Made by serde from the names of settings; a wrong value is an `E::Type`.
        E::Message(text) if text.starts_with("unknown field") => {
            text.replacen("unknown field", "unknown setting", 1)
        }
        E::Message(text) if text.starts_with("missing field") => text.clone(),
        _ => "the configuration cannot be read".into(),
    }
}
