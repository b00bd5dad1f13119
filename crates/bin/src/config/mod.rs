//! The configuration: embedded defaults, overridden by a file, overridden by the environment.
//! Everything is checked before anything starts.

mod check;
mod dev;
mod error;
mod log_filter;
mod origin;
mod raw;
mod warnings;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Environment, File, FileFormat, FileSourceString};
use ipnet::IpNet;
use wxlogin_api::Example;
use wxlogin_crypto::MasterKey;
use wxlogin_domain::model::{ApiClient, AppId, Apps, Secret};
use wxlogin_domain::ports::DeploymentKind;
use wxlogin_domain::usecase::push::pushes::PushApp;
use wxlogin_domain::usecase::tokens::access_tokens::TokenPolicy;
use wxlogin_domain::usecase::tokens::refresh_tokens::SessionPolicy;
use wxlogin_limits::CallQuotas;
use wxlogin_wechat::WechatSettings;

pub use self::dev::{DEV_API_KEY, DEV_APP_ID, DEV_APP_SECRET, DevSettings};
pub use self::error::ConfigError;
use self::log_filter::check_log_filter;
pub(crate) use self::origin::check_origin;

/// The default configuration file: every setting with its default and a comment.
pub const DEFAULTS: &str = include_str!("../../../../wxlogin.default.toml");

/// The configuration file that is read, if it exists, when none is given.
pub const DEFAULT_FILE: &str = "wxlogin.toml";

/// The setting for the URL of the database.
pub(crate) const DATABASE_URL: &str = "database.url";

/// A valid configuration.
#[derive(Debug)]
pub struct Config {
    /// Whether this is `wxlogin dev` or a production deployment.
    pub kind: DeploymentKind,
    /// The key that encrypts the secrets in the database.
    pub master_key: MasterKey,
    /// The keys that encrypted them before, and can still decrypt them.
    pub previous_master_keys: Vec<MasterKey>,
    /// The HTTP server.
    pub server: ServerConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// Calls to WeChat.
    pub wechat: WechatSettings,
    /// Whether `wechat.base_url` may name a server that is not WeChat's.
    pub unofficial_wechat: bool,
    /// The mini-programs.
    pub apps: Apps,
    /// The mini-programs whose push messages this service receives.
    pub pushes: Vec<PushApp>,
    /// Access tokens.
    pub tokens: TokenPolicy,
    /// How long a key signs tokens before the next one replaces it.
    pub signing_key_life: Duration,
    /// Lifetimes and number of sessions.
    pub sessions: SessionPolicy,
    /// How long a deleted account can be restored.
    pub erasure_grace: Duration,
    /// Profile pictures.
    pub avatars: AvatarsConfig,
    /// How often clients may do what costs something.
    pub limits: LimitsConfig,
    /// The example page that `wxlogin dev` serves.
    pub example: Option<Example>,
    /// The app that the original contract signs in to. Without it, its endpoints do not exist.
    pub original_app: Option<AppId>,
    /// An API client that is created at startup.
    pub client: Option<ApiClient>,
    /// Logging.
    pub log: LogConfig,
    /// What is allowed and probably a mistake, each in a sentence.
    pub warnings: Vec<String>,
}

/// Settings of the HTTP server.
#[derive(Debug)]
pub struct ServerConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins whose pages may call this service from a browser (CORS).
    pub cors_origins: Vec<String>,
    /// How long a request body may take to arrive.
    pub body_timeout: Duration,
    /// How long open requests may take to finish after shutdown was requested.
    pub shutdown_timeout: Duration,
}

/// Limits by address and by user.
#[derive(Debug)]
pub struct LimitsConfig {
    /// Failed logins per minute that are allowed from one address.
    pub failed_logins_per_minute: NonZeroU32,
    /// Unknown credentials per minute that are looked up for one address.
    pub failed_credentials_per_minute: NonZeroU32,
    /// How many times as many failures are allowed from a whole IPv6 site (/48).
    pub ipv6_site_factor: NonZeroU32,
    /// Calls per minute of one user in one app.
    pub calls: CallQuotas,
}

/// Settings of profile pictures.
#[derive(Debug)]
pub struct AvatarsConfig {
    /// The folder that stores them. Without it, uploads are refused.
    pub directory: Option<PathBuf>,
    /// Maximum size of an upload, in bytes.
    pub max_upload_bytes: usize,
}

/// Settings of a database.
#[derive(Debug)]
pub struct DatabaseConfig {
    /// The database's URL, which may contain a password.
    pub url: Secret,
    /// Maximum number of connections.
    pub connections: u32,
    /// How long a call waits for a connection or a lock.
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
}

impl LimitsConfig {
    /// The default limits, whatever the file and the environment say.
    fn default_settings() -> Result<Self, ConfigError> {
        let defaults = config::Config::builder().add_source(defaults()).build()?;
        check::limits(&defaults.get("limits")?)
    }
}

impl DatabaseConfig {
    /// The default settings for a database, whatever the file and the environment say.
    pub(crate) fn with_defaults(url: Secret) -> Result<Self, ConfigError> {
        let defaults = config::Config::builder().add_source(defaults()).build()?;
        Ok(Self { url, ..check::database(&defaults.get("database")?)? })
    }
}

/// Format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// Text.
    Text,
    /// One JSON object per line.
    Json,
}

/// Settings of the log.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// The format of lines.
    pub format: LogFormat,
    /// A filter of `tracing-subscriber`.
    pub filter: String,
}

impl Config {
    /// Reads and checks the configuration. Without `file`, `wxlogin.toml` is read if it exists.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let raw = read(file, Environment::with_prefix("WXLOGIN"))?;
        check::check(raw)
    }
}

fn defaults() -> File<FileSourceString, FileFormat> {
    File::from_str(DEFAULTS, FileFormat::Toml)
}

fn read(file: Option<&Path>, environment: Environment) -> Result<raw::Raw, ConfigError> {
    let mut builder = config::Config::builder().add_source(defaults());
    let path = file.unwrap_or(Path::new(DEFAULT_FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => {
            if let Err(error) = text.parse::<toml::Table>() {
                return Err(ConfigError::syntax(path, &text, &error));
            }
            builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
        }
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(ConfigError::unreadable(&path.display().to_string(), &error)),
    }
    let environment = environment.prefix_separator("__").separator("__");
    let settings = builder.add_source(environment).build()?;
    Ok(settings.try_deserialize()?)
}

#[cfg(test)]
mod tests;
