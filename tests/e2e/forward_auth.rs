//! Reverse proxies that authenticate requests with wxlogin, configured as in `docs/forward-auth`.

use std::net::TcpListener as StdListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::support::{Dev, Harness, Simulator};

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

/// The documented configuration for this wxlogin and app.
fn documented(file: &str, wxlogin: &str, app_id: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/forward-auth");
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let wxlogin = wxlogin.strip_prefix("http://").unwrap();
    text.replace("127.0.0.1:8080", wxlogin).replace(crate::support::APP_ID, app_id)
}

/// Writes the documented configuration with these addresses, ports and app in place of its own.
fn configure(
    file: &str,
    folder: &Path,
    (wxlogin, app_id): (&str, &str),
    back_end: u16,
    listen: u16,
) -> PathBuf {
    let text = documented(file, wxlogin, app_id)
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

/// Checks that `wxlogin dev` answers this proxy.
async fn authorises_in_dev(dev: &Dev, proxy: &Proxy) {
    let simulator = Simulator::at(&dev.simulator);
    let code = simulator.code("oAlice").await;
    let login = json!({ "code": code });
    let login = proxy.http.post(format!("{}/v1/login", dev.base)).json(&login).send().await;
    let login: Value = login.unwrap().json().await.unwrap();
    let (status, seen) = proxy.get("/anything", login["accessToken"].as_str()).await;
    assert_eq!((status, &seen["x-user-id"]), (200, &login["user"]["id"]));
    assert_eq!(proxy.get("/anything", None).await.0, 401);
}

/// A proxy program that is configured and started, if it is installed.
struct Guard {
    proxy: Proxy,
    _running: Child,
    _folder: tempfile::TempDir,
}

impl Guard {
    async fn nginx(base: &str, app_id: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (port, back_end) = (free_port(), back_end().await);
        let config = configure("nginx.conf", folder.path(), (base, app_id), back_end, port);
        let here = format!(
            "daemon off; master_process off; pid {0}/pid; error_log stderr crit;",
            folder.path().display()
        );
        let prefix = folder.path().to_str().unwrap();
        // Before it has read its configuration, it would write to the system's log.
        let arguments =
            ["-p", prefix, "-e", "stderr", "-c", config.to_str().unwrap(), "-g", here.as_str()];
        let running = start("nginx", &arguments, folder.path())?;
        Some(Self { proxy: Proxy::connect(port).await, _running: running, _folder: folder })
    }

    async fn caddy(base: &str, app_id: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (port, back_end) = (free_port(), back_end().await);
        let config = configure("Caddyfile", folder.path(), (base, app_id), back_end, port);
        // Its admin API would listen on a port that may be taken.
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&config, format!("{{\n\tadmin off\n}}\n\n{text}")).unwrap();
        let arguments = ["run", "--adapter", "caddyfile", "--config", config.to_str().unwrap()];
        let running = start("caddy", &arguments, folder.path())?;
        Some(Self { proxy: Proxy::connect(port).await, _running: running, _folder: folder })
    }
}

#[tokio::test]
async fn nginx() {
    let harness = Harness::start_with_another_app(OTHER_APP_ID).await;
    let app_id = crate::support::APP_ID;
    let Some(guard) = Guard::nginx(&harness.client.base, app_id).await else { return };
    authorises_requests(&harness, &guard.proxy).await;
}

#[tokio::test]
async fn caddy() {
    let harness = Harness::start_with_another_app(OTHER_APP_ID).await;
    let app_id = crate::support::APP_ID;
    let Some(guard) = Guard::caddy(&harness.client.base, app_id).await else { return };
    authorises_requests(&harness, &guard.proxy).await;
}

#[tokio::test]
async fn proxies_in_front_of_dev() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path()).await;
    let app_id = wxlogin::config::DEV_APP_ID;
    let Some(guard) = Guard::nginx(&dev.base, app_id).await else { return };
    authorises_in_dev(&dev, &guard.proxy).await;
    let Some(guard) = Guard::caddy(&dev.base, app_id).await else { return };
    authorises_in_dev(&dev, &guard.proxy).await;
}

/// What Traefik does with its `forwardAuth` middleware, of which there is no package to install: it asks
/// the address with the client's headers, and forwards the listed headers of the answer.
struct ForwardAuth {
    address: String,
    copied: Vec<String>,
    http: reqwest::Client,
}

impl ForwardAuth {
    /// Reads the documented file, which must delete from requests what it copies from answers.
    fn documented(wxlogin: &str, app_id: &str) -> Self {
        let config = documented("traefik.yml", wxlogin, app_id);
        let config: Value = yaml_serde::from_str(&config).unwrap();
        let config = &config["http"];
        let names = |value: &Value| {
            let names = value.as_array().unwrap().iter();
            names.map(|name| name.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let delete = "delete-identity-headers";
        let verify = &config["middlewares"]["verify"]["forwardAuth"];
        let copied = names(&verify["authResponseHeaders"]);
        let deleted = &config["middlewares"][delete]["headers"]["customRequestHeaders"];
        let deleted = deleted.as_object().unwrap();
        assert!(copied.iter().all(|name| deleted[name] == ""), "an empty value deletes");
        let routers = &config["routers"];
        assert_eq!(names(&routers["everything-else"]["middlewares"]), [delete, "verify"]);
        assert_eq!(names(&routers["public"]["middlewares"]), [delete]);
        let address = verify["address"].as_str().unwrap().to_owned();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { address, copied, http }
    }

    /// The status, and the headers that the back end would get.
    async fn ask(&self, token: Option<&str>) -> (u16, Value) {
        let mut request = self.http.get(&self.address);
        for (name, value) in [("Method", "POST"), ("Host", "app.example"), ("Uri", "/anything")] {
            request = request.header(format!("X-Forwarded-{name}"), value);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        let copied = self.copied.iter().map(|name| {
            let value = answer.headers().get(name).map(|value| value.to_str().unwrap());
            (name.to_lowercase(), json!(value))
        });
        (answer.status().as_u16(), Value::from(copied.collect::<Map<_, _>>()))
    }
}

#[tokio::test]
async fn traefik() {
    let harness = Harness::start_with_another_app(OTHER_APP_ID).await;
    let auth = ForwardAuth::documented(&harness.client.base, crate::support::APP_ID);
    let sign_in = async |app_id: &str, openid: &str| {
        let code = harness.simulator.code_in(app_id, openid).await;
        harness.client.post("/v1/login", &json!({ "appId": app_id, "code": code })).await
    };
    let login = sign_in(crate::support::APP_ID, "oAlice").await;
    let (status, seen) = auth.ask(Some(login.token())).await;
    assert_eq!(status, 200);
    assert_eq!(seen["x-user-id"], login.user_id());
    assert_eq!(seen["x-user-type"], "2");
    assert_eq!(seen["x-app-id"], crate::support::APP_ID);
    assert_eq!(seen["x-session-id"].as_str().unwrap().len(), 36);
    assert_eq!(auth.ask(None).await.0, 401);
    let stranger = sign_in(OTHER_APP_ID, "oStranger").await;
    assert_eq!(auth.ask(Some(stranger.token())).await.0, 403);

    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path()).await;
    let auth = ForwardAuth::documented(&dev.base, wxlogin::config::DEV_APP_ID);
    assert_eq!(auth.ask(None).await.0, 401);
    let code = json!({ "code": Simulator::at(&dev.simulator).code("oAlice").await });
    let login = auth.http.post(format!("{}/v1/login", dev.base)).json(&code).send().await;
    let login: Value = login.unwrap().json().await.unwrap();
    let (status, seen) = auth.ask(login["accessToken"].as_str()).await;
    assert_eq!((status, &seen["x-user-id"]), (200, &login["user"]["id"]));
}
