//! The command line and its error messages.

use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

use crate::support::{Dev, Finished, MASTER_KEY, Process, required_settings};

/// The error message, which must be the only one.
fn error_line(ended: &Finished) -> &str {
    assert!(!ended.success, "{ended:?}");
    let lines = ended.log.lines().filter(|line| line.starts_with("wxlogin: "));
    let lines = lines.collect::<Vec<_>>();
    assert_eq!(lines.len(), 1, "{ended:?}");
    lines[0]
}

fn database(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("wxlogin.db").display())
}

fn with(mut settings: Vec<(String, String)>, name: &str, value: &str) -> Vec<(String, String)> {
    settings.push((name.into(), value.into()));
    settings
}

#[tokio::test]
async fn serve_names_missing_settings() {
    let ended = Process::run(&["serve"], &[]).await;
    assert_eq!(ended.log.lines().count(), 1, "{ended:?}");
    let line = error_line(&ended);
    for name in ["master_key", "server.public_url", "database.url", "apps."] {
        assert!(line.contains(name), "{line}");
    }
}

#[tokio::test]
async fn serve_refuses_a_base_url_that_is_not_wechats() {
    let folder = tempfile::tempdir().unwrap();
    let settings = required_settings(&database(folder.path()));
    for url in ["http://127.0.0.1:8081", "https://api.weixin.qq.com.example.com"] {
        let settings = with(settings.clone(), "WXLOGIN__WECHAT__BASE_URL", url);
        let ended = Process::run(&["serve"], &settings).await;
        assert!(error_line(&ended).contains("wechat.base_url"), "{ended:?}");
    }
}

#[tokio::test]
async fn serve_refuses_the_development_app_and_database() {
    let folder = tempfile::tempdir().unwrap();
    let settings = required_settings(&database(folder.path()));
    let app = with(settings.clone(), "WXLOGIN__APPS__WXDEV0000000000001__SECRET", "x");
    assert!(error_line(&Process::run(&["serve"], &app).await).contains("wxlogin dev"));

    drop(Dev::start(folder.path()).await);
    let ended = Process::run(&["serve"], &settings).await;
    assert!(error_line(&ended).contains("wxlogin dev"), "{ended:?}");
}

#[tokio::test]
async fn serve_refuses_another_master_key() {
    let folder = tempfile::tempdir().unwrap();
    let settings = required_settings(&database(folder.path()));
    let first = Process::start(&["serve"], &settings);
    first.logged_address().await;
    first.terminate().await;
    assert!(first.finish().await.success);
    let other = with(settings, "WXLOGIN__MASTER_KEY", &MASTER_KEY.replace('0', "1"));
    let ended = Process::run(&["serve"], &other).await;
    assert!(error_line(&ended).contains("another master key"), "{ended:?}");
}

#[tokio::test]
async fn an_unusable_database_is_reported_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("text.db"), "this is not a database, it is a text file")
        .unwrap();
    let text = format!("sqlite:{}", folder.path().join("text.db").display());
    for url in ["hunter2://x", "sqlite::memory:", "sqlite:/nowhere/at/all/wxlogin.db", &text] {
        let ended = Process::run(&["serve"], &required_settings(url)).await;
        let line = error_line(&ended);
        assert!(line.contains("database"), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[tokio::test]
async fn the_schema_can_be_migrated_before_serving() {
    let folder = tempfile::tempdir().unwrap();
    let settings = required_settings(&database(folder.path()));
    let refused = Process::run(&["serve", "--no-migrate"], &settings).await;
    assert!(error_line(&refused).contains("wxlogin migrate"), "{refused:?}");
    for _ in 0..2 {
        let migrated = Process::run(&["migrate"], &settings).await;
        assert!(migrated.success && migrated.output.contains("up to date"), "{migrated:?}");
    }
    let serving = Process::start(&["serve", "--no-migrate"], &settings);
    serving.logged_address().await;
}

#[tokio::test]
async fn check_config_reports_whether_the_configuration_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let settings = required_settings(&database(folder.path()));
    let right = Process::run(&["check-config"], &settings).await;
    assert!(right.success && right.output.contains("wx0123456789abcdef"), "{right:?}");
    let wrong = with(settings, "WXLOGIN__SERVER__LISEN", "x");
    assert!(error_line(&Process::run(&["check-config"], &wrong).await).contains("lisen"));
    let file = Process::run(&["check-config", "--config", "/nowhere.toml"], &[]).await;
    assert!(error_line(&file).contains("/nowhere.toml"), "{file:?}");
}

#[tokio::test]
async fn dev_and_sim_listen_on_loopback_only() {
    for arguments in [
        ["dev", "--listen", "0.0.0.0:0"],
        ["dev", "--sim-listen", "0.0.0.0:0"],
        ["sim", "--listen", "0.0.0.0:0"],
    ] {
        let ended = Process::run(&arguments, &[]).await;
        assert!(error_line(&ended).contains("loopback"), "{ended:?}");
    }
}

#[tokio::test]
async fn sim_refuses_push_settings_that_wechats_console_refuses() {
    for (option, value, rule) in [
        ("--push-token", "a b", "3 to 32 letters and digits"),
        ("--push-token", "", "3 to 32 letters and digits"),
        ("--encoding-aes-key", "short", "43 letters and digits"),
    ] {
        let ended = Process::run(&["sim", "--listen", "127.0.0.1:0", option, value], &[]).await;
        let line = error_line(&ended);
        assert!(line.contains(option) && line.contains(rule), "{line}");
    }
}

#[tokio::test]
async fn dev_accepts_loopback_hosts_only() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path()).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for base in [&dev.base, &dev.simulator] {
        let url = format!("{base}/");
        let foreign = http.get(url).header("host", "evil.example").send().await.unwrap();
        assert!(matches!(foreign.status().as_u16(), 403 | 421), "{foreign:?}");
    }
}

#[tokio::test]
async fn a_reader_that_has_seen_enough_ends_a_command_quietly() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wxlogin"));
    let command = command.arg("openapi").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The document is longer than the pipe.
    let mut start = [0; 8];
    child.stdout.take().unwrap().read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"openapi:");
    let ended = child.wait_with_output().await.unwrap();
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && log.is_empty(), "{log}");
}
