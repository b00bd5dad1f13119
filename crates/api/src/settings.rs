use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use wxlogin_domain::model::AppId;

/// How the service answers HTTP requests.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The service's public URL without a trailing slash, which is the `iss` of its tokens.
    pub issuer: String,
    /// The app of `POST /wxLogin`. Without it that endpoint answers `not_found`.
    pub original_app: Option<AppId>,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether to refuse requests for hosts other than loopback hosts. This keeps web pages from
    /// reaching a development server through a host name of their own (DNS rebinding).
    pub loopback_hosts_only: bool,
    /// How long a request's body may take to arrive.
    pub body_timeout: Duration,
    /// The other origins whose pages may call this service from a browser, such as
    /// `https://app.example.com`.
    pub cors_origins: Vec<String>,
    /// The example page to serve under `/example/`.
    pub example: Option<Example>,
}

/// A web page for trying out the service.
#[derive(Debug, Clone)]
pub struct Example {
    /// The folder with the page's files. It does not have to exist.
    pub folder: PathBuf,
    /// The content of the page's `config.json`.
    pub config: String,
}
