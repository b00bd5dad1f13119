//! Settings: embedded defaults, then a file, then the environment, all checked before anything
//! starts.

mod check;
mod dev;
mod error;
mod origin;
mod raw;

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
use wxlogin_wechat::WechatSettings;

pub use self::dev::{DEV_API_KEY, DEV_APP_ID, DEV_APP_SECRET, DevSettings};
pub use self::error::ConfigError;
pub(crate) use self::origin::check_origin;

/// Every setting with its comment and default.
pub const DEFAULTS: &str = include_str!("../../../../wxlogin.default.toml");

/// Where `wxlogin` looks for its file when none is named.
pub const DEFAULT_FILE: &str = "wxlogin.toml";

/// The setting that says where users are kept.
pub(crate) const DATABASE_URL: &str = "database.url";

/// A configuration that has been checked.
#[derive(Debug)]
pub struct Config {
    /// Whose database it may use.
    pub kind: DeploymentKind,
    /// What everything is sealed with.
    pub master_key: MasterKey,
    /// How HTTP is served.
    pub server: ServerConfig,
    /// Where users are kept.
    pub database: DatabaseConfig,
    /// How WeChat is asked.
    pub wechat: WechatSettings,
    /// Whether whoever answers may be someone else than WeChat.
    pub unofficial_wechat: bool,
    /// The mini-programs.
    pub apps: Apps,
    /// Those that have WeChat push to this service.
    pub pushes: Vec<PushApp>,
    /// How tokens are made.
    pub tokens: TokenPolicy,
    /// How long a key signs tokens.
    pub signing_key_life: Duration,
    /// How sessions live.
    pub sessions: SessionPolicy,
    /// How long an account that is to be erased can be restored.
    pub erasure_grace: Duration,
    /// What is taken and kept of people's pictures.
    pub avatars: AvatarsConfig,
    /// How many failed logins an address may make a minute.
    pub failed_logins_per_minute: NonZeroU32,
    /// A page to try everything with.
    pub example: Option<Example>,
    /// The app of the original contract.
    pub original_app: Option<AppId>,
    /// An API client that is there from the start.
    pub client: Option<ApiClient>,
    /// What is logged, and how.
    pub log: LogConfig,
}

/// How HTTP is served.
#[derive(Debug)]
pub struct ServerConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Other origins whose pages may call this service from a browser.
    pub cors_origins: Vec<String>,
    /// How long a request's body may take to arrive.
    pub body_timeout: Duration,
    /// How long a stop may take.
    pub shutdown_timeout: Duration,
}

/// What is taken and kept of people's pictures.
#[derive(Debug)]
pub struct AvatarsConfig {
    /// The folder they are kept in; without it none is taken.
    pub directory: Option<PathBuf>,
    /// Longest upload, in bytes.
    pub max_upload_bytes: usize,
}

/// Where users are kept.
#[derive(Debug)]
pub struct DatabaseConfig {
    /// The database's URL, which may hold a password.
    pub url: Secret,
    /// How many connections are opened to it.
    pub connections: u32,
    /// How long a call waits for a connection or a lock.
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
}

impl DatabaseConfig {
    /// A database that is used as the defaults say, whatever file and environment say.
    pub(crate) fn with_defaults(url: Secret) -> Result<Self, ConfigError> {
        let defaults = config::Config::builder().add_source(defaults()).build()?;
        Ok(Self { url, ..check::database(&defaults.get("database")?)? })
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// Text.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// How lines look.
    pub format: LogFormat,
    /// A filter of `tracing-subscriber`.
    pub filter: String,
}

impl Config {
    /// Reads and checks everything. Without `file`, `wxlogin.toml` is read if it is there.
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
        Err(error) => {
            return Err(ConfigError::setting(&path.display().to_string(), error.kind()));
        }
    }
    let environment = environment.prefix_separator("__").separator("__");
    let settings = builder.add_source(environment).build()?;
    Ok(settings.try_deserialize()?)
}

#[cfg(test)]
mod tests;
