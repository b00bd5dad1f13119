use std::time::Duration;

use reqwest::redirect;
use reqwest::{Client, Response, StatusCode, retry};

use crate::{BaseUrl, WechatSettings};

/// The largest body taken, in bytes. WeChat's are a few hundred.
const MAX_BODY: usize = 64 * 1024;

/// How long an idle connection is kept. A server that hangs up while a request is on its way costs
/// that request, so ours hang up first.
const POOL_IDLE: Duration = Duration::from_secs(15);

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
            .timeout(settings.total_timeout)
            .pool_idle_timeout(POOL_IDLE)
            .http1_only()
            .retry(retry::never())
            .redirect(redirect::Policy::none());
        if settings.base_url.is_loopback() {
            client = client.no_proxy();
        }
        let client = client.build().map_err(CannotBuildClient)?;
        Ok(Self { client, base_url: settings.base_url })
    }

    /// One GET request. `path` has no slash in front.
    pub(crate) async fn get(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<HttpAnswer, NoAnswer> {
        let response = self.client.get(self.base_url.join(path)).query(query).send().await?;
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
            "its answer did not come in time"
        } else if error.is_body() || error.is_decode() {
            "its answer broke off"
        } else {
            "the connection broke before its answer"
        })
    }
}
