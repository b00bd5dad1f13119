use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::redirect;
use reqwest::{Client, Response, StatusCode, retry};
use serde_json::Value;

use crate::base_url::BaseUrl;

/// The largest response body that is read, in bytes. WeChat's have a few hundred.
const MAX_BODY: usize = 64 * 1024;

/// How long an idle connection is kept. A request fails if the server closes its connection while
/// the request is being sent, so the client closes idle connections first.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// Why a call failed that took longer than it may.
pub(crate) const TIMED_OUT: &str = "it did not answer in time";

/// How to reach WeChat.
#[derive(Debug, Clone)]
pub struct WechatSettings {
    /// The address of WeChat's server API.
    pub base_url: BaseUrl,
    /// The time limit for opening a connection, TLS included.
    pub connect_timeout: Duration,
    /// The time limit for a whole call, up to the last byte of the response.
    pub total_timeout: Duration,
}

/// The HTTP client cannot be built. The source contains no URL, because nothing was sent yet.
#[derive(Debug, thiserror::Error)]
#[error("cannot build the HTTPS client: check that the system's CA certificates are installed")]
pub struct CannotBuildClient(#[source] reqwest::Error);

/// Sends requests to WeChat, each at most once.
///
/// A request is never repeated once a byte of it was written. If a kept connection turns out to be
/// closed, hyper moves the request to another connection only while nothing of it was written;
/// otherwise the request fails. reqwest's own retries concern HTTP/2 and are off.
pub(crate) struct Http {
    client: Client,
    base_url: BaseUrl,
    total_timeout: Duration,
}

/// A request to WeChat.
pub(crate) struct Request<'a> {
    /// The path of the call, without a leading slash.
    pub(crate) path: &'static str,
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// The JSON body of a POST request. Without a body the request is a GET.
    pub(crate) body: Option<Value>,
}

/// A complete HTTP response.
pub(crate) struct HttpResponse {
    /// Whether the status is 200, the only one that WeChat uses.
    pub(crate) is_ok: bool,
    /// The body, whatever its Content-Type: WeChat sends JSON as `text/plain`.
    pub(crate) body: Vec<u8>,
}

/// Why there is no complete response. A fixed text, because reqwest's errors contain the URL and
/// with it the secret and the code.
pub(crate) struct HttpError(pub(crate) &'static str);

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

    /// The time limit for a whole call.
    pub(crate) fn total_timeout(&self) -> Duration {
        self.total_timeout
    }

    /// Sends one request and reads its response within `timeout`.
    pub(crate) async fn send(
        &self,
        request: Request<'_>,
        timeout: Duration,
    ) -> Result<HttpResponse, HttpError> {
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
        Ok(HttpResponse { is_ok, body: read_body(response).await? })
    }
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(HttpError("its response is larger than 64 KiB"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        Self(if error.is_dns() {
            "its host name cannot be resolved"
        } else if error.is_connect() {
            "cannot connect to it"
        } else if error.is_timeout() {
            TIMED_OUT
        } else if error.is_body() || error.is_decode() {
            "its response was cut off"
        } else {
            "the connection closed before it answered"
        })
    }
}
