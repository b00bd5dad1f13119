//! A simulator on a free port, with helpers for its control API and for WeChat's calls.

use std::net::SocketAddr;

use aws_lc_rs::hmac;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use wechat_sim::{SimApp, SimConfig, Simulator};

pub(crate) const APP: &str = "wxdev0000000000001";
pub(crate) const SECRET: &str = "the secret & of + app one";
pub(crate) const OTHER_APP: &str = "wxdev0000000000002";
pub(crate) const OTHER_SECRET: &str = "two";

/// An origin whose pages may use the simulator.
pub(crate) const PAGE: &str = "http://127.0.0.1:5173";

pub(crate) struct Sim {
    pub(crate) address: SocketAddr,
    pub(crate) http: Client,
    _stop: oneshot::Sender<()>,
}

impl Sim {
    /// Starts a simulator with two apps.
    pub(crate) async fn start() -> Self {
        Self::with_apps(&[(APP, SECRET), (OTHER_APP, OTHER_SECRET)]).await
    }

    /// Starts a simulator with one app, so that `appId` can be omitted.
    pub(crate) async fn start_single() -> Self {
        Self::with_apps(&[(APP, SECRET)]).await
    }

    async fn with_apps(apps: &[(&str, &str)]) -> Self {
        let config = SimConfig {
            apps: apps
                .iter()
                .map(|(app_id, secret)| SimApp {
                    app_id: (*app_id).to_owned(),
                    secret: (*secret).to_owned(),
                    ..SimApp::default()
                })
                .collect(),
            wxlogin_url: Some("http://127.0.0.1:8080".to_owned()),
            cors_origins: vec![PAGE.to_owned()],
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(Simulator::new(config).serve(listener, async {
            stopped.await.unwrap_or_default();
        }));
        Self { address, http: Client::builder().no_proxy().build().unwrap(), _stop: stop }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends a control request that must succeed.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.http.request(method, self.url(path));
        let response = request.body(body.to_string()).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.control(Method::GET, path, Value::Null).await
    }

    pub(crate) async fn faults(&self, faults: Value) {
        self.control(Method::PUT, "/sim/faults", faults).await;
    }

    pub(crate) async fn advance(&self, seconds: u64) {
        let body = json!({"advanceSeconds": seconds});
        self.control(Method::POST, "/sim/clock", body).await;
    }

    /// Gets a login code: `(code, openid)`.
    pub(crate) async fn code(&self, wanted: Value) -> (String, String) {
        let answer = self.control(Method::POST, "/sim/codes", wanted).await;
        (text(&answer, "code"), text(&answer, "openid"))
    }

    /// A login code of a new person in the first app.
    pub(crate) async fn fresh_code(&self) -> String {
        self.code(json!({"appId": APP})).await.0
    }

    pub(crate) fn code2session(&self, query: &[(&str, &str)]) -> RequestBuilder {
        let request = self.http.get(self.url("/sns/jscode2session"));
        request.query(query)
    }

    pub(crate) fn exchange_request(
        &self,
        app_id: &str,
        secret: &str,
        code: &str,
    ) -> RequestBuilder {
        self.code2session(&[
            ("appid", app_id),
            ("secret", secret),
            ("js_code", code),
            ("grant_type", "authorization_code"),
        ])
    }

    pub(crate) async fn raw_exchange(&self, code: &str) -> Response {
        let request = self.exchange_request(APP, SECRET, code);
        request.send().await.unwrap()
    }

    /// WeChat's response to a request for a stable token of the first app.
    pub(crate) async fn stable_token(&self, force_refresh: bool) -> Value {
        self.post_json(
            "/cgi-bin/stable_token",
            json!({
                "grant_type": "client_credential",
                "appid": APP,
                "secret": SECRET,
                "force_refresh": force_refresh,
            }),
        )
        .await
    }

    /// A valid token of the first app.
    pub(crate) async fn token(&self) -> String {
        text(&self.stable_token(false).await, "access_token")
    }

    /// WeChat's response to a POST.
    pub(crate) async fn post_json(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(self.url(path)).body(body.to_string());
        json_of(request.send().await.unwrap()).await
    }

    /// WeChat's response to a GET.
    pub(crate) async fn query(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let request = self.http.get(self.url(path)).query(query);
        json_of(request.send().await.unwrap()).await
    }

    /// Signs a new person in to the first app: `(openid, session key)`.
    pub(crate) async fn person(&self) -> (String, String) {
        let (code, openid) = self.code(json!({"appId": APP})).await;
        (openid, text(&self.exchange(&code).await, "session_key"))
    }

    /// Exchanges a login code of the first app; the response must be JSON.
    pub(crate) async fn exchange(&self, code: &str) -> Value {
        json_of(self.raw_exchange(code).await).await
    }
}

pub(crate) async fn json_of(response: Response) -> Value {
    let body = response.bytes().await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

pub(crate) fn text(value: &Value, field: &str) -> String {
    let text = value.get(field).and_then(Value::as_str);
    text.unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
}

/// HMAC-SHA256 of the empty string: the proof that one has a session key.
pub(crate) fn sign(key: &[u8]) -> String {
    hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), b"").as_ref())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Asserts that the response is an error in WeChat's form: a code, and a text that ends in a
/// request id. `message` is the text before ` rid: `, with the comma that calls below `/sns` have.
pub(crate) fn assert_error(answer: &Value, errcode: i32, message: &str) {
    assert_eq!(text_of_error(answer, errcode), message);
}

/// Asserts that the response is an error whose text has a hint before its request id.
pub(crate) fn assert_error_with_hint(answer: &Value, errcode: i32, message: &str) {
    let text = text_of_error(answer, errcode);
    let (text, hint) = text.split_once(" hint: [").expect("a hint");
    assert_eq!(text, message);
    let groups = hint.strip_suffix(']').and_then(|hint| hint.split_once('-')).expect("two groups");
    for group in [groups.0, groups.1] {
        assert!(!group.is_empty() && group.bytes().all(|b| b.is_ascii_alphanumeric()), "{hint}");
    }
}

/// The text of an error before ` rid: `.
fn text_of_error(answer: &Value, errcode: i32) -> String {
    assert_eq!(answer["errcode"], errcode, "{answer}");
    let errmsg = text(answer, "errmsg");
    let (text, rid) = errmsg.rsplit_once(" rid: ").expect("a request id");
    let groups: Vec<_> = rid.split('-').collect();
    assert_eq!(groups.len(), 3, "{rid}");
    for group in groups {
        assert_eq!(group.len(), 8, "{rid}");
        assert!(group.bytes().all(|byte| byte.is_ascii_hexdigit()), "{rid}");
    }
    assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
    text.to_owned()
}
