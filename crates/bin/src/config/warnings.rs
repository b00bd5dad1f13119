//! What is allowed and probably a mistake.

use std::path::Path;

use super::raw::Raw;
use super::{ConfigError, defaults};

/// Variables that belong to wxlogin and are no settings.
const OTHER_VARIABLES: [&str; 2] = ["WXLOGIN_COPY_", "WXLOGIN_TEST_"];

/// The mistakes in these settings, each in a sentence; an error for those that the settings forbid.
pub(super) fn find(raw: &Raw) -> Result<Vec<String>, ConfigError> {
    let mut found = misspelt(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
    for (name, path) in secret_files(raw) {
        if !is_open_to_everyone(Path::new(path)) {
            continue;
        }
        if raw.refuse_open_secret_files {
            let rule = "every user of this machine can read the file; run `chmod o-rwx` on it";
            return Err(ConfigError::setting(&name, rule));
        }
        found.push(format!("{name}: every user of this machine can read the file"));
    }
    if raw.apps.len() > 1 && raw.default_app.is_empty() {
        found.push(
            "several apps are configured and default_app is not set: requests without appId are refused"
                .into(),
        );
    }
    Ok(found)
}

/// Names the settings that these variables would be with two underscores.
fn misspelt(variables: impl Iterator<Item = String>) -> Result<Vec<String>, ConfigError> {
    let defaults = config::Config::builder().add_source(defaults()).build()?;
    let mut settings = Vec::new();
    names("WXLOGIN", &defaults.cache, &mut settings);
    let mut found = Vec::new();
    for variable in variables {
        if !variable.starts_with("WXLOGIN_")
            || variable.starts_with("WXLOGIN__")
            || OTHER_VARIABLES.iter().any(|prefix| variable.starts_with(prefix))
        {
            continue;
        }
        let bare = |name: &str| name.replace('_', "");
        match settings.iter().find(|name| bare(name) == bare(&variable)) {
            Some(name) => found.push(format!("{variable} is ignored: the setting is {name}")),
            None if variable.starts_with("WXLOGIN_APPS_") => found.push(format!(
                "{variable} is ignored: settings of an app are WXLOGIN__APPS__<AppID>__SECRET and so on"
            )),
            None => {}
        }
    }
    Ok(found)
}

/// The names of all settings in `value`, as variables.
fn names(prefix: &str, value: &config::Value, into: &mut Vec<String>) {
    match &value.kind {
        config::ValueKind::Table(table) => {
            for (key, value) in table {
                names(&format!("{prefix}__{}", key.to_uppercase()), value, into);
            }
        }
        _ => into.push(prefix.to_owned()),
    }
}

/// The settings that name a file with a secret, with their values.
fn secret_files(raw: &Raw) -> Vec<(String, &str)> {
    let mut files = vec![("master_key_file".to_owned(), raw.master_key_file.as_str())];
    let previous = &raw.previous_master_key_files;
    files.extend(
        previous.iter().map(|path| ("previous_master_key_files".to_owned(), path.as_str())),
    );
    for (id, app) in &raw.apps {
        for (name, path) in [
            ("secret_file", &app.secret_file),
            ("second_secret_file", &app.second_secret_file),
            ("push_token_file", &app.push_token_file),
            ("encoding_aes_key_file", &app.encoding_aes_key_file),
        ] {
            files.push((format!("apps.{id}.{name}"), path));
        }
    }
    files.retain(|(_, path)| !path.is_empty());
    files
}

#[cfg(unix)]
fn is_open_to_everyone(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    path.metadata().is_ok_and(|file| file.mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn is_open_to_everyone(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_with_single_underscores_are_named_with_the_right_spelling() {
        let found = |name: &str| misspelt([name.to_owned()].into_iter()).unwrap();
        let listen = "WXLOGIN_SERVER_LISTEN is ignored: the setting is WXLOGIN__SERVER__LISTEN";
        assert_eq!(found("WXLOGIN_SERVER_LISTEN"), [listen]);
        let key = "WXLOGIN_MASTER_KEY_FILE is ignored: the setting is WXLOGIN__MASTER_KEY_FILE";
        assert_eq!(found("WXLOGIN_MASTER_KEY_FILE"), [key]);
        assert_eq!(found("WXLOGIN_APPS_WX0123456789ABCDEF_SECRET").len(), 1);
        for name in ["WXLOGIN__SERVER__LISTEN", "WXLOGIN_COPY_FROM", "WXLOGIN_NAME", "PATH"] {
            assert!(found(name).is_empty(), "{name}");
        }
    }
}
