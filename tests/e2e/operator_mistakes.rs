//! Mistakes of operators, and what wxlogin says about them.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use crate::support::{APP_SECRET, Finished, Harness, MASTER_KEY, Process, required_settings};

fn sqlite(folder: &Path, name: &str) -> String {
    format!("sqlite:{}", folder.join(name).display())
}

fn setting(name: &str, value: &str) -> (String, String) {
    (name.into(), value.into())
}

/// What `serve` says with these settings, with which it must not start.
async fn refusal(settings: &[(String, String)]) -> String {
    let ended = Process::run(&["serve"], settings).await;
    assert!(!ended.success, "{ended:?}");
    ended.log.lines().find(|line| line.starts_with("wxlogin: ")).unwrap().to_owned()
}

async fn refusal_of(database: &str) -> String {
    refusal(&required_settings(database)).await
}

/// What `serve` logs with these settings, with which it starts.
async fn log_of(settings: &[(String, String)]) -> String {
    let mut process = Process::start(&["serve"], settings);
    process.logged_address().await;
    process.stop().await;
    process.log()
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_named_with_the_reason() {
    // Nothing listens on the discard port.
    for scheme in ["mysql", "postgres", "mongodb"] {
        let line = refusal_of(&format!("{scheme}://u:p@127.0.0.1:9/wxlogin")).await;
        let expected = "database.url: cannot connect to 127.0.0.1:9: connection refused";
        assert!(line.ends_with(expected), "{line}");
    }
    for scheme in ["mysql", "postgres"] {
        let line = refusal_of(&format!("{scheme}://u:hunter2@db.invalid/wxlogin")).await;
        assert!(line.ends_with("database.url: cannot find the host db.invalid"), "{line}");
    }
}

#[tokio::test]
async fn a_password_that_must_be_encoded_is_recognised() {
    for scheme in ["mysql", "postgres", "mongodb"] {
        let line = refusal_of(&format!("{scheme}://u:hunter2#@127.0.0.1:9/wxlogin")).await;
        assert!(line.contains("`%23`") && !line.contains("hunter2"), "{line}");
    }
    // The last `@` ends the password, as its writer meant.
    let line = refusal_of("mysql://u:p@q@127.0.0.1:9/wxlogin").await;
    assert!(line.contains("127.0.0.1:9: connection refused"), "{line}");
}

#[tokio::test]
async fn a_file_that_is_not_sqlite_is_called_that() {
    let folder = tempfile::tempdir().unwrap();
    let text = "This is not a database. ".repeat(100);
    std::fs::write(folder.path().join("notes.db"), text).unwrap();
    let line = refusal_of(&sqlite(folder.path(), "notes.db")).await;
    assert!(line.ends_with("the file is not a SQLite database"), "{line}");
}

#[tokio::test]
async fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let settings = required_settings(&sqlite(folder.path(), "wxlogin.db"));
    let without =
        |name: &str| settings.iter().filter(|(key, _)| key != name).cloned().collect::<Vec<_>>();
    let mut master_key = without("WXLOGIN__MASTER_KEY");
    master_key.push(setting("WXLOGIN__MASTER_KEY_FILE", "/run/secrets/nowhere"));
    let line = refusal(&master_key).await;
    assert_eq!(line, "wxlogin: master_key_file: /run/secrets/nowhere: no such file");
    // The secret in place of the path is not repeated.
    let mut swapped = without("WXLOGIN__APPS__WX0123456789ABCDEF__SECRET");
    swapped.push(setting("WXLOGIN__APPS__WX0123456789ABCDEF__SECRET_FILE", APP_SECRET));
    let line = refusal(&swapped).await;
    assert_eq!(line, "wxlogin: apps.wx0123456789abcdef.secret_file: no such file");
    let ended = Process::run(&["serve", "--config", "/etc/nowhere.toml"], &settings).await;
    assert_eq!(ended.log.trim(), "wxlogin: /etc/nowhere.toml: no such file");
}

#[tokio::test]
async fn values_that_cannot_be_meant_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value, expected) in [
        ("WXLOGIN__LOG__FILTER", "verbose", "log.filter: expected a level (error, warn"),
        ("WXLOGIN__LOG__FILTER", "wxlogin", "log.filter: expected a level (error, warn"),
        (
            "WXLOGIN__TOKENS__ACCESS_LIFETIME_SECONDS",
            "999999999",
            "tokens.access_lifetime_seconds: expected a number from 1 to 86400",
        ),
        (
            "WXLOGIN__DATABASE__CONNECTIONS",
            "0",
            "database.connections: expected a number from 1 to 1000",
        ),
        ("WXLOGIN__DEFAULT_APP", "wxfedcba9876543210", "default_app: expected the AppID"),
    ] {
        let mut settings = required_settings(&sqlite(folder.path(), "wxlogin.db"));
        settings.push(setting(name, value));
        let line = refusal(&settings).await;
        assert!(line.contains(expected), "{line}");
    }
}

#[tokio::test]
async fn probable_mistakes_are_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("master.key");
    std::fs::write(&key, MASTER_KEY).unwrap();
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    let mut settings = required_settings(&sqlite(folder.path(), "wxlogin.db"));
    settings.retain(|(name, _)| name != "WXLOGIN__MASTER_KEY");
    settings.push(setting("WXLOGIN__MASTER_KEY_FILE", key.to_str().unwrap()));
    settings.push(setting("WXLOGIN_SERVER_LISTEN", "127.0.0.1:0"));
    settings.push(setting("WXLOGIN__APPS__WXFEDCBA9876543210__SECRET", APP_SECRET));
    let expected = [
        "WXLOGIN_SERVER_LISTEN is ignored: the setting is WXLOGIN__SERVER__LISTEN",
        "master_key_file: every user of this machine can read the file",
        "several apps are configured and default_app is not set",
    ];
    let log = log_of(&settings).await;
    let checked = Process::run(&["check-config"], &settings).await.output;
    for warning in expected {
        assert!(log.lines().any(|line| line.contains("WARN") && line.contains(warning)), "{log}");
        assert!(checked.contains(&format!("Warning: {warning}")), "{checked}");
    }
    settings.push(setting("WXLOGIN__REFUSE_OPEN_SECRET_FILES", "true"));
    let line = refusal(&settings).await;
    assert!(line.contains("master_key_file: every user of this machine can read"), "{line}");

    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o640)).unwrap();
    settings.retain(|(name, _)| name != "WXLOGIN_SERVER_LISTEN");
    settings.push(setting("WXLOGIN__DEFAULT_APP", "wx0123456789abcdef"));
    let log = log_of(&settings).await;
    assert!(!log.contains("WARN"), "{log}");
}

#[tokio::test]
async fn a_default_app_signs_in_who_names_none() {
    let other = "wxfedcba9876543210";
    let default = ("WXLOGIN__DEFAULT_APP", crate::support::APP_ID);
    let harness = Harness::start_with_another_app_and(other, &[default]).await;
    let code = harness.simulator.code_in(crate::support::APP_ID, "oAlice").await;
    assert_eq!(harness.client.login(&code).await.status, 200);
    let code = harness.simulator.code_in(other, "oAlice").await;
    let named = json!({ "appId": other, "code": code });
    assert_eq!(harness.client.post("/v1/login", &named).await.status, 200);
}

#[tokio::test]
async fn the_start_names_version_database_and_address() {
    let folder = tempfile::tempdir().unwrap();
    let settings = required_settings(&sqlite(folder.path(), "wxlogin.db"));
    let log = log_of(&settings).await;
    let line = log.lines().find(|line| line.contains("wxlogin answers")).unwrap();
    let version = concat!(r#""version":""#, env!("CARGO_PKG_VERSION"));
    for part in [version, r#""database":"sqlite""#, r#""address":"127.0.0.1:"#] {
        assert!(line.contains(part), "{line}");
    }
    assert!(log.contains("created a new database") && log.contains("wxlogin.db"), "{log}");
    assert!(!log_of(&settings).await.contains("created a new database"));
}

#[tokio::test]
async fn a_second_process_on_a_sqlite_file_is_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    let settings = required_settings(&sqlite(folder.path(), "wxlogin.db"));
    let first = Process::start(&["serve"], &settings);
    first.logged_address().await;
    let warning = "another process serves from this SQLite file";
    assert!(log_of(&settings).await.contains(warning));
    assert!(!first.log().contains(warning), "{}", first.log());
    drop(first.finish_after_term().await);
    assert!(!log_of(&settings).await.contains(warning));
}

#[tokio::test]
async fn commands_create_no_database_by_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let (missing, to) = (sqlite(folder.path(), "mistyped.db"), sqlite(folder.path(), "new.db"));
    let settings = required_settings(&missing);
    let copy = ["copy", "--from", &missing, "--to", &to];
    for arguments in [&copy[..], &["keys", "list"], &["serve", "--no-migrate"]] {
        let ended = Process::run(arguments, &settings).await;
        assert!(!ended.success && ended.log.contains("there is no database file"), "{ended:?}");
    }
    let checked = Process::run(&["check-config"], &settings).await;
    assert!(checked.success && checked.output.contains("does not exist yet"), "{checked:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn check_config_looks_into_database_and_folder_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = required_settings(&sqlite(folder.path(), "wxlogin.db"));
    std::fs::write(folder.path().join("wxlogin.db"), "").unwrap();
    let check = async |settings: &[(String, String)]| -> Finished {
        Process::run(&["check-config"], settings).await
    };
    let pending = check(&settings).await;
    assert!(pending.success && pending.output.contains("migrations are pending"), "{pending:?}");
    let length = std::fs::metadata(folder.path().join("wxlogin.db")).unwrap().len();
    assert_eq!(length, 0, "nothing was written");
    assert!(Process::run(&["migrate"], &settings).await.success);
    let complete = check(&settings).await;
    assert!(complete.success && complete.output.contains("schema is up to date"), "{complete:?}");

    let avatars = folder.path().join("avatars");
    settings.push(setting("WXLOGIN__AVATARS__DIRECTORY", avatars.to_str().unwrap()));
    let absent = check(&settings).await;
    assert!(absent.success && absent.output.contains("avatars does not exist yet"), "{absent:?}");
    std::fs::write(&avatars, "").unwrap();
    let file = check(&settings).await;
    assert!(!file.success && file.log.contains("not a folder"), "{file:?}");

    let unreachable = required_settings("mysql://u:p@127.0.0.1:9/wxlogin");
    let ended = check(&unreachable).await;
    assert!(!ended.success && ended.log.contains("connection refused"), "{ended:?}");
    let unchecked = Process::run(&["check-config", "--no-database"], &unreachable).await;
    assert!(unchecked.success, "{unchecked:?}");
}
