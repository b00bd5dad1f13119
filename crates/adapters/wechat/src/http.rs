use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::redirect;
use reqwest::{Client, Response, StatusCode, retry};
use serde_json::Value;

use crate::{BaseUrl, WechatSettings};

/// The largest body taken, in bytes. WeChat's are a few hundred.
const MAX_BODY: usize = 64 * 1024;

/// How long an idle connection is kept. A server that hangs up while a request is on its way costs
/// that request, so ours hang up first.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// What is wrong when the time a call may take is over.
pub(crate) const TOO_LATE: &str = "its answer did not come in time";

/// The HTTP client cannot be built. It holds no URL of a call: nothing has been asked yet.
#[derive(Debug, thiserror::Error)]
#[error(
    "the HTTPS client cannot be built: look whether the system's CA certificates are installed"
)]
pub struct CannotBuildClient(#[source] reqwest::Error);

/// Sends requests to WeChat, each at most once.
///
/// Nothing is ever repeated after it has been on the wire. A request that has been handed to a kept
/// connection which turns out to be closed is moved to another connection; hyper does so only while
/// not a byte of it has been written, and a half-sent or unanswered request is an error. That is
/// all the repeating there is: reqwest's own is about HTTP/2 and is switched off along with it.
pub(crate) struct Http {
    client: Client,
    base_url: BaseUrl,
    total_timeout: Duration,
}

/// What is asked.
pub(crate) struct Request<'a> {
    /// Of the call, without a slash in front.
    pub(crate) path: &'static str,
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// The body of a POST request; without one it is a GET request.
    pub(crate) body: Option<Value>,
}

/// A whole answer, whatever it says.
pub(crate) struct HttpAnswer {
    /// Whether the status is 200, the only one WeChat uses.
    pub(crate) is_ok: bool,
    /// The body, whatever its Content-Type: WeChat sends JSON as `text/plain`.
    pub(crate) body: Vec<u8>,
}

/// Why there is no whole answer. It is a fixed text, because a reqwest error holds the URL and
/// with it the secret and the code.
pub(crate) struct NoAnswer(pub(crate) &'static str);

impl Http {
    pub(crate) fn new(settings: WechatSettings) -> Result<Self, CannotBuildClient> {
        let mut client = Client::builder()
            .user_agent(concat!("wxlogin/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .pool_idle_timeout(POOL_IDLE)
            .http1_only()
            .retry(retry::never())
            .redirect(redirect::Policy::none());
        if settings.base_url.is_loopback() {
            client = client.no_proxy();
        }
        let client = client.build().map_err(CannotBuildClient)?;
        Ok(Self { client, base_url: settings.base_url, total_timeout: settings.total_timeout })
    }

    /// How long a call may take.
    pub(crate) fn total_timeout(&self) -> Duration {
        self.total_timeout
    }

    /// One request, which may take this long.
    pub(crate) async fn send(
        &self,
        request: Request<'_>,
        timeout: Duration,
    ) -> Result<HttpAnswer, NoAnswer> {
        let url = self.base_url.join(request.path);
        let builder = match request.body {
            None => self.client.get(url),
            Some(body) => self
                .client
                .post(url)
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .body(body.to_string()),
        };
        let response = builder.query(request.query).timeout(timeout).send().await?;
        let is_ok = response.status() == StatusCode::OK;
        Ok(HttpAnswer { is_ok, body: read_body(response).await? })
    }
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(NoAnswer("its answer is larger than 64 KiB"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl From<reqwest::Error> for NoAnswer {
    fn from(error: reqwest::Error) -> Self {
        Self(if error.is_dns() {
            "its host name is not known here"
        } else if error.is_connect() {
            "no connection to it can be made"
        } else if error.is_timeout() {
            TOO_LATE
        } else if error.is_body() || error.is_decode() {
            "its answer broke off"
        } else {
            "the connection broke before its answer"
        })
    }
}
