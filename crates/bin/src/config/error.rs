use std::io::ErrorKind;
use std::path::Path;

/// A mistake in the configuration, described in one line. The text names settings and files and
/// never repeats a value, because any value may be a secret in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(super) String);

impl ConfigError {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The value of a setting is invalid; `rule` says what it must be.
    pub(super) fn setting(name: &str, rule: impl std::fmt::Display) -> Self {
        Self(format!("{name}: {rule}"))
    }

    /// A file cannot be read. `name` is its path or the setting that contains the path.
    pub(super) fn unreadable(name: &str, error: &std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self(format!("{name}: no such file")),
            kind => Self(format!("{name}: cannot read the file: {kind}")),
        }
    }

    /// The file that a setting names cannot be read.
    pub(super) fn unreadable_setting(name: &str, path: &str, error: &std::io::Error) -> Self {
        if is_a_path(path) {
            Self::unreadable(&format!("{name}: {path}"), error)
        } else {
            Self::unreadable(name, error)
        }
    }

    /// A file is not valid TOML. The parser's own message quotes the line, which may contain a
    /// secret.
    pub(super) fn syntax(file: &Path, text: &str, error: &toml::de::Error) -> Self {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Self(format!("{}: line {line} is not valid TOML", file.display()))
    }
}

/// Whether this is written like a path, and not a secret that was set in place of one.
fn is_a_path(text: &str) -> bool {
    let begins = ["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start));
    (begins || text.contains(['.', '\\'])) && !text.ends_with('=')
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
        // serde makes these texts from names of settings; an invalid value is an `E::Type`.
        E::Message(text) if text.starts_with("unknown field") => {
            text.replacen("unknown field", "unknown setting", 1)
        }
        E::Message(text) if text.starts_with("missing field") => text.clone(),
        _ => "the configuration cannot be read".into(),
    }
}
