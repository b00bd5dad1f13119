//! Reverse proxies that authenticate requests with wxlogin, configured as in `docs/forward-auth`.

use std::net::TcpListener as StdListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::support::Harness;

/// An app that the proxies do not guard.
const OTHER_APP_ID: &str = "wxfedcba9876543210";

/// A back end that answers with the request's headers.
async fn back_end() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let byte = connection.read_u8().await?;
                    request.push(byte);
                }
                let headers = String::from_utf8_lossy(&request).into_owned();
                let headers = headers.lines().filter_map(|line| line.split_once(": "));
                let seen = headers
                    .map(|(name, value)| (name.to_lowercase(), json!(value)))
                    .collect::<Map<_, _>>();
                let body = Value::from(seen).to_string();
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json";
                let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                connection.write_all(answer.as_bytes()).await
            });
        }
    });
    port
}

fn free_port() -> u16 {
    StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Writes the documented configuration with these addresses and ports in place of its own.
fn configure(file: &str, folder: &Path, wxlogin: &str, back_end: u16, listen: u16) -> PathBuf {
    let documented = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/forward-auth");
    let text = std::fs::read_to_string(documented.join(file)).unwrap();
    let wxlogin = wxlogin.strip_prefix("http://").unwrap();
    let text = text
        .replace("127.0.0.1:8080", wxlogin)
        .replace("127.0.0.1:3000", &format!("127.0.0.1:{back_end}"))
        .replace("127.0.0.1:8000", &format!("127.0.0.1:{listen}"));
    let path = folder.join(file);
    std::fs::write(&path, text).unwrap();
    path
}

/// Starts a proxy. If it is not installed, the test is skipped with a message.
#[expect(clippy::print_stderr, reason = "a skipped test must be visible")]
fn start(program: &str, arguments: &[&str], folder: &Path) -> Option<Child> {
    let started = Command::new(program)
        .args(arguments)
        .env("HOME", folder)
        .env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    match started {
        Ok(child) => Some(child),
        Err(error) => {
            let required = std::env::var("WXLOGIN_TEST_SERVERS").is_ok_and(|it| it == "required");
            assert!(!required, "{program} is required and does not start: {error}");
            eprintln!("skipped: {program} is not installed");
            None
        }
    }
}

struct Proxy {
    base: String,
    http: reqwest::Client,
}

impl Proxy {
    async fn connect(port: u16) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let proxy = Self { base: format!("http://127.0.0.1:{port}"), http };
        let asked = Instant::now();
        while proxy.http.get(&proxy.base).send().await.is_err() {
            assert!(asked.elapsed() < Duration::from_secs(20), "the proxy does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        proxy
    }

    /// Sends forged headers and perhaps a token. Returns the status and the headers that the back
    /// end got.
    async fn get(&self, path: &str, token: Option<&str>) -> (u16, Value) {
        let mut request = self.http.get(format!("{}{path}", self.base));
        for claim in ["X-User-Id", "X-User-Type", "X-App-Id", "X-Session-Id"] {
            request = request.header(claim, "forged");
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }
}

async fn authorises_requests(harness: &Harness, proxy: &Proxy) {
    let sign_in = async |app_id: &str, openid: &str| {
        let code = harness.simulator.code_in(app_id, openid).await;
        harness.client.post("/v1/login", &json!({ "appId": app_id, "code": code })).await
    };
    let login = sign_in(crate::support::APP_ID, "oAlice").await;
    let (status, seen) = proxy.get("/anything?page=2", Some(login.token())).await;
    assert_eq!(status, 200);
    assert_eq!(seen["x-user-id"], login.user_id());
    assert_eq!(seen["x-user-type"], "2");
    assert_eq!(seen["x-app-id"], crate::support::APP_ID);
    assert_eq!(seen["x-session-id"].as_str().unwrap().len(), 36);
    assert_eq!(seen["authorization"], Value::Null);

    assert_eq!(proxy.get("/anything", None).await.0, 401);
    assert_eq!(proxy.get("/anything", Some("nonsense")).await.0, 401);
    let (status, seen) = proxy.get("/public/page", None).await;
    assert_eq!(status, 200);
    assert!(!seen.to_string().contains("forged"), "{seen}");

    // A user of another mini-program.
    let stranger = sign_in(OTHER_APP_ID, "oStranger").await;
    assert_eq!(proxy.get("/anything", Some(stranger.token())).await.0, 403);

    // The user signs out at another instance.
    let (_process, other) = harness.another().await;
    let log_out = other.request(reqwest::Method::POST, "/v1/logout").bearer_auth(login.token());
    assert_eq!(other.send(log_out).await.status, 204);
    let revoked = Instant::now();
    while proxy.get("/anything", Some(login.token())).await.0 != 401 {
        assert!(revoked.elapsed() < Duration::from_secs(2), "the proxy still accepts it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn nginx() {
    let harness = Harness::start_with_another_app(OTHER_APP_ID).await;
    let folder = tempfile::tempdir().unwrap();
    let (port, back_end) = (free_port(), back_end().await);
    let config = configure("nginx.conf", folder.path(), &harness.client.base, back_end, port);
    let here = format!(
        "daemon off; master_process off; pid {0}/pid; error_log stderr crit;",
        folder.path().display()
    );
    let prefix = folder.path().to_str().unwrap();
    // Before it has read its configuration, it would write to the system's log.
    let arguments =
        ["-p", prefix, "-e", "stderr", "-c", config.to_str().unwrap(), "-g", here.as_str()];
    let Some(_running) = start("nginx", &arguments, folder.path()) else { return };
    let proxy = Proxy::connect(port).await;
    authorises_requests(&harness, &proxy).await;
}

#[tokio::test]
async fn caddy() {
    let harness = Harness::start_with_another_app(OTHER_APP_ID).await;
    let folder = tempfile::tempdir().unwrap();
    let (port, back_end) = (free_port(), back_end().await);
    let config = configure("Caddyfile", folder.path(), &harness.client.base, back_end, port);
    // Its admin API would listen on a port that may be taken.
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{{\n\tadmin off\n}}\n\n{text}")).unwrap();
    let arguments = ["run", "--adapter", "caddyfile", "--config", config.to_str().unwrap()];
    let Some(_running) = start("caddy", &arguments, folder.path()) else { return };
    let proxy = Proxy::connect(port).await;
    authorises_requests(&harness, &proxy).await;
}
