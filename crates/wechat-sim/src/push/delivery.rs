//! Sends pushes: the only requests the simulator makes, and only to this machine.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Error, Method};
use serde::Serialize;
use url::{Host, Url};

/// How long `WeChat` waits for an answer, according to
/// <https://blog.csdn.net/weixin_34646820/article/details/119480671>.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A request to the receiver of a push.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery {
    #[serde(skip)]
    pub(crate) method: Method,
    pub(crate) url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
}

/// The receiver's response.
#[derive(Serialize)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Parses a URL and checks that it can only mean this machine.
pub(crate) fn loopback_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "`url` is not a valid URL.")?;
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    if is_loopback && url.scheme() == "http" {
        Ok(url)
    } else {
        Err("`url` must be `http` with a loopback address, such as `http://127.0.0.1:8080/`.")
    }
}

impl Delivery {
    /// Sends it once and follows no redirect.
    pub(crate) async fn send(&self) -> Result<Received, &'static str> {
        // Loading the system's certificates would take longer than the request.
        let client = Client::builder().tls_certs_only([]).no_proxy().redirect(Policy::none());
        let client =
            client.timeout(TIMEOUT).build().map_err(|_| "Cannot build the HTTP client.")?;
        let mut request = client.request(self.method.clone(), &self.url);
        if let Some(content_type) = self.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let response = request.send().await.map_err(|error| reason(&error))?;
        let status = response.status().as_u16();
        let body = response.text().await.map_err(|error| reason(&error))?;
        Ok(Received { status, body })
    }
}

fn reason(error: &Error) -> &'static str {
    if error.is_timeout() {
        "The receiver did not answer within five seconds."
    } else if error.is_connect() {
        "Cannot connect to `url`."
    } else {
        "The receiver closed the connection before it answered."
    }
}
