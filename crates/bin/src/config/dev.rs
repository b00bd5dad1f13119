//! The configuration of `wxlogin dev`, which needs no file.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use wechat_sim::{DEV_ENCODING_AES_KEY, DEV_PUSH_TOKEN};
use wxlogin_api::Example;
use wxlogin_crypto::MasterKey;
use wxlogin_domain::model::{
    ApiClient, App, AppId, Apps, ClientId, ClientSecretHash, EncodingAesKey, Scope, Secret, SignUp,
    Timestamp,
};
use wxlogin_domain::ports::{DeploymentKind, Randomness};
use wxlogin_domain::usecase::push::pushes::PushApp;
use wxlogin_domain::usecase::tokens::access_tokens::TokenPolicy;
use wxlogin_domain::usecase::tokens::refresh_tokens::SessionPolicy;
use wxlogin_wechat::{BaseUrl, WechatSettings};

use super::{
    AvatarsConfig, Config, ConfigError, DatabaseConfig, LimitsConfig, LogConfig, LogFormat,
    ServerConfig, check_log_filter,
};

/// The AppID of `wxlogin dev`'s mini-program, which `serve` refuses.
pub const DEV_APP_ID: &str = "wxdev0000000000001";

/// Its `AppSecret`, which is public and protects nothing.
pub const DEV_APP_SECRET: &str = "devsecret00000000000000000000001";

/// The API key of its API client. It has every scope, is public and protects nothing.
pub const DEV_API_KEY: &str = "dev.devsecret00000000000000000000001";

/// The origins of Vite's development server.
const VITE: [&str; 2] = ["http://localhost:5173", "http://127.0.0.1:5173"];

/// The options of `wxlogin dev`.
#[derive(Debug, Clone)]
pub struct DevSettings {
    /// The address that wxlogin listens on.
    pub listen: SocketAddr,
    /// The address that the simulator listens on.
    pub simulator: SocketAddr,
    /// The folder of database, pictures and master key. It is created if it does not exist.
    pub data_dir: PathBuf,
    /// The folder of the page that is served under `/example/`. It does not have to exist.
    pub example: PathBuf,
    /// The log filter, as of `tracing-subscriber`.
    pub log_filter: String,
}

impl DevSettings {
    /// Returns the configuration. The first call generates the master key.
    pub fn config(&self, randomness: &dyn Randomness) -> Result<Config, ConfigError> {
        check_log_filter("--log", &self.log_filter)?;
        make_private_dir(&self.data_dir).map_err(|error| {
            let rule = format!("cannot create the folder: {}", error.kind());
            ConfigError::setting("--data-dir", rule)
        })?;
        let app_id = AppId::parse(DEV_APP_ID)
            .map_err(|rule| ConfigError::setting("the development AppID", rule))?;
        let app = App {
            id: app_id.clone(),
            secret: Secret::new(DEV_APP_SECRET),
            second_secret: None,
            encrypted_phone: false,
            sign_up: SignUp::Open,
        };
        let base_url = BaseUrl::unofficial(&format!("http://{}", self.simulator))
            .map_err(|rule| ConfigError::setting("--sim-listen", rule))?;
        let database = self.data_dir.join("wxlogin.db");
        Ok(Config {
            kind: DeploymentKind::Development,
            master_key: self.master_key(randomness)?,
            previous_master_keys: Vec::new(),
            server: ServerConfig {
                listen: self.listen,
                trusted_proxies: Vec::new(),
                cors_origins: self.origins(),
                body_timeout: Duration::from_secs(10),
                shutdown_timeout: Duration::from_secs(5),
            },
            database: DatabaseConfig {
                url: Secret::new(sqlite_url(&database)),
                connections: 4,
                acquire_timeout: Duration::from_secs(3),
                statement_timeout: Duration::from_secs(10),
            },
            wechat: WechatSettings {
                base_url,
                connect_timeout: Duration::from_secs(2),
                total_timeout: Duration::from_secs(5),
            },
            unofficial_wechat: true,
            apps: Apps::new(vec![app]),
            pushes: vec![push_app(app_id.clone())?],
            tokens: TokenPolicy {
                issuer: format!("http://{}", self.listen),
                audience: None,
                lifetime: Duration::from_mins(15),
                original_lifetime: Duration::from_hours(168),
            },
            signing_key_life: Duration::from_hours(24 * 90),
            sessions: SessionPolicy {
                lifetime: Duration::from_hours(24 * 30),
                idle: Duration::from_hours(24 * 14),
                max_per_user: 10,
            },
            erasure_grace: Duration::ZERO,
            avatars: AvatarsConfig {
                directory: Some(self.data_dir.join("avatars")),
                max_upload_bytes: 5_000_000,
            },
            example: Some(self.example()),
            limits: LimitsConfig::default_settings()?,
            original_app: Some(app_id),
            client: Some(api_client()?),
            log: LogConfig { format: LogFormat::Auto, filter: self.log_filter.clone() },
            warnings: Vec::new(),
        })
    }

    /// The origins whose pages may call wxlogin and the simulator: wxlogin's own, as an address and
    /// as `localhost`, and those of Vite's development server.
    #[must_use]
    pub fn origins(&self) -> Vec<String> {
        let own =
            [format!("http://{}", self.listen), format!("http://localhost:{}", self.listen.port())];
        own.into_iter().chain(VITE.map(str::to_owned)).collect()
    }

    fn example(&self) -> Example {
        let (wxlogin, simulator) = (self.listen, self.simulator);
        // Nothing in these needs escaping.
        let config = format!(
            r#"{{"wxlogin":"http://{wxlogin}","simulator":"http://{simulator}","appId":"{DEV_APP_ID}"}}"#
        );
        Example { folder: self.example.clone(), config }
    }

    fn master_key(&self, randomness: &dyn Randomness) -> Result<MasterKey, ConfigError> {
        let path = self.data_dir.join("master.key");
        let name = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => MasterKey::parse(&text).map_err(|rule| ConfigError::setting(&name, rule)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let key = MasterKey::generate(randomness);
                write_private(&path, key.to_base64().as_bytes()).map_err(|error| {
                    let rule = format!("cannot write the file: {}", error.kind());
                    ConfigError::setting(&name, rule)
                })?;
                Ok(key)
            }
            Err(error) => Err(ConfigError::unreadable(&name, &error)),
        }
    }
}

/// The push settings that the simulator signs and encrypts with.
fn push_app(id: AppId) -> Result<PushApp, ConfigError> {
    let key = EncodingAesKey::parse(DEV_ENCODING_AES_KEY)
        .map_err(|rule| ConfigError::setting("the development app's EncodingAESKey", rule))?;
    Ok(PushApp { id, token: Secret::new(DEV_PUSH_TOKEN), key: Some(key) })
}

fn api_client() -> Result<ApiClient, ConfigError> {
    let (id, secret) = DEV_API_KEY.split_once('.').unwrap_or_default();
    let id = ClientId::parse(id)
        .map_err(|rule| ConfigError::setting("the development API client", rule))?;
    let (secret, created_at) = (ClientSecretHash::of(secret), Timestamp::from_seconds(0));
    Ok(ApiClient::new(id, secret, Scope::ALL.into(), created_at))
}

/// The URL of a SQLite file, with the characters escaped that have a meaning in URLs.
fn sqlite_url(file: &Path) -> String {
    let path = file.display().to_string();
    format!("sqlite:{}", path.replace('%', "%25").replace('?', "%3F").replace('#', "%23"))
}

/// Creates a folder that only its owner can enter, unless it exists.
fn make_private_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a file that only its owner can read. A crash leaves the whole file or none.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;

    let partial = path.with_extension("partial");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(partial, path)
}
