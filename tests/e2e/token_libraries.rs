//! Common JWT libraries verify wxlogin's tokens.
//!
//! `WXLOGIN_TEST_TOKEN_CHECKS` is the output folder of `tests/libraries/tokens/build`.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use wechat_sim::{SimApp, SimConfig, Simulator};
use wxlogin::config::{DEV_APP_ID, DEV_APP_SECRET, DevSettings};
use wxlogin::{Migrate, Running, start};
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::Clock;
use wxlogin_system::{SystemClock, SystemRandomness};

use crate::scratch::Scratch;

const LIBRARIES: [&str; 4] = ["node", "python", "java", "go"];

/// A clock that is this many seconds slow.
struct SlowClock(AtomicI64);

impl Clock for SlowClock {
    fn now(&self) -> Timestamp {
        let seconds = u64::try_from(self.0.load(Ordering::SeqCst)).unwrap();
        SystemClock.now().minus(Duration::from_secs(seconds))
    }
}

/// An instance in this process, whose clock can be set.
struct Instance {
    clock: Arc<SlowClock>,
    running: Running,
    issuer: String,
    simulator: String,
    http: reqwest::Client,
    _folder: tempfile::TempDir,
}

impl Instance {
    async fn start(seconds_behind: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let simulator = listener.local_addr().unwrap();
        let app = SimApp {
            app_id: DEV_APP_ID.into(),
            secret: DEV_APP_SECRET.into(),
            ..SimApp::default()
        };
        let wechat = Simulator::new(SimConfig { apps: vec![app], ..SimConfig::default() });
        tokio::spawn(wechat.serve(listener, std::future::pending()));
        let listen = free_address().await;
        let data_dir = folder.path().to_owned();
        let settings = DevSettings {
            listen,
            simulator,
            data_dir,
            example: "nowhere".into(),
            log_filter: "off".into(),
        };
        let config = settings.config(&SystemRandomness).unwrap();
        let clock = Arc::new(SlowClock(AtomicI64::new(seconds_behind)));
        let starting = start(config, Migrate::Yes, clock.clone(), Arc::new(SystemRandomness));
        let running = Box::pin(starting).await.unwrap();
        Self {
            clock,
            running,
            issuer: format!("http://{listen}"),
            simulator: format!("http://{simulator}"),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            _folder: folder,
        }
    }

    async fn post(&self, url: String, body: Value) -> Value {
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    /// Signs in. Returns the token and the user's id.
    async fn token(&self) -> (String, String) {
        let code = self.post(format!("{}/sim/codes", self.simulator), json!({})).await;
        let login = self.post(format!("{}/v1/login", self.issuer), json!({ "code": code["code"] }));
        let login = login.await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&login["accessToken"]), text(&login["user"]["id"]))
    }
}

/// A free address. The issuer contains it, and must be known before wxlogin listens.
async fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// A resource server that uses a common library.
struct Library {
    name: &'static str,
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _running: Child,
}

impl Library {
    async fn start(folder: &Path, name: &'static str, issuer: &str) -> Self {
        let mut running = Command::new(folder.join(name))
            .args([issuer, DEV_APP_ID])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let questions = running.stdin.take().unwrap();
        let answers = BufReader::new(running.stdout.take().unwrap()).lines();
        let mut library = Self { name, questions, answers, _running: running };
        assert_eq!(library.answer().await, "ready", "{name}");
        library
    }

    async fn answer(&mut self) -> String {
        let answer = tokio::time::timeout(Duration::from_mins(1), self.answers.next_line()).await;
        answer.expect(self.name).unwrap().expect(self.name)
    }

    async fn verify(&mut self, token: &str) -> String {
        self.questions.write_all(format!("{token}\n").as_bytes()).await.unwrap();
        self.answer().await
    }

    async fn accepts(&mut self, (token, user): &(String, String), when: &str) {
        assert_eq!(self.verify(token).await, format!("ok {user}"), "{} {when}", self.name);
    }
}

/// The id of the key that signed a token.
fn kid(token: &str) -> Value {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    let header = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn libraries_accept_tokens_before_and_after_a_rotation() {
    let Some(folder) = Scratch::variable("WXLOGIN_TEST_TOKEN_CHECKS") else { return };
    let folder = Path::new(&folder);
    // Slow enough that the next key's five minutes can pass while tokens are still valid.
    let instance = Instance::start(330).await;
    let early = instance.token().await;
    let mut from_before = Vec::new();
    for name in LIBRARIES {
        let mut library = Library::start(folder, name, &instance.issuer).await;
        library.accepts(&early, "before").await;
        from_before.push(library);
    }
    instance.running.rotate_keys().await.unwrap();
    let mut cached = Vec::new();
    for name in LIBRARIES {
        let mut library = Library::start(folder, name, &instance.issuer).await;
        library.accepts(&early, "while the next key does not sign yet").await;
        cached.push(library);
    }
    let waiting = instance.token().await;
    assert_eq!(kid(&waiting.0), kid(&early.0), "the next key does not sign yet");

    instance.clock.0.store(0, Ordering::SeqCst);
    let asked = Instant::now();
    let late = loop {
        let token = instance.token().await;
        if kid(&token.0) != kid(&early.0) {
            break token;
        }
        assert!(asked.elapsed() < Duration::from_mins(1), "the next key never signs");
    };
    // These fetched the keys when both were published, and need not fetch them again.
    for library in &mut cached {
        library.accepts(&late, "with the cached keys").await;
        library.accepts(&early, "after").await;
    }
    // These did not, and fetch the keys again because the new one is unknown.
    for library in &mut from_before {
        library.accepts(&late, "after fetching the keys again").await;
        library.accepts(&waiting, "after").await;
    }
    for library in &mut cached {
        for wrong in [format!("{}x", late.0), "nonsense".into(), late.0.replace("eyJ0", "eyJ1")] {
            let answer = library.verify(&wrong).await;
            assert!(answer.starts_with("refused "), "{}: {answer}", library.name);
        }
    }
    assert!(instance.running.stop().await);
}
