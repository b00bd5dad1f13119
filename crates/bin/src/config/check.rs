//! Turns the settings as they are written into a valid configuration.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use ipnet::IpNet;
use url::{Host, Url};
use wxlogin_crypto::MasterKey;
use wxlogin_domain::model::{App, AppId, Apps, EncodingAesKey, Secret, SignUp};
use wxlogin_domain::ports::DeploymentKind;
use wxlogin_domain::usecase::push::pushes::PushApp;
use wxlogin_domain::usecase::tokens::access_tokens::TokenPolicy;
use wxlogin_domain::usecase::tokens::refresh_tokens::SessionPolicy;
use wxlogin_limits::CallQuotas;
use wxlogin_wechat::{BaseUrl, WechatSettings};

use super::raw::{self, Raw};
use super::{
    AvatarsConfig, Config, ConfigError, DEV_APP_ID, DatabaseConfig, LimitsConfig, LogConfig,
    LogFormat, ServerConfig, check_log_filter, check_origin, warnings,
};

/// In seconds.
const HOUR: u32 = 3600;
const DAY: u64 = 86_400;

/// In days.
const TEN_YEARS: u32 = 3650;

pub(super) fn check(raw: Raw) -> Result<Config, ConfigError> {
    require_settings(&raw)?;
    let apps = apps(&raw)?;
    let pushes = pushes(&raw, &apps)?;
    let original_app = match raw.original.app_id.as_str() {
        "" => None,
        text => Some(known_app("original.app_id", text, &apps)?),
    };
    let seconds = |name: &str, value: u32, max: u32| {
        number(name, value, max).map(|n| Duration::from_secs(n.get().into()))
    };
    let days = |name: &str, value: u32| {
        number(name, value, TEN_YEARS).map(|n| Duration::from_secs(u64::from(n.get()) * DAY))
    };
    let lifetime = days("sessions.lifetime_days", raw.sessions.lifetime_days)?;
    let warnings = warnings::find(&raw)?;
    let master_key = master_key(&raw)?;
    Ok(Config {
        kind: DeploymentKind::Production,
        previous_master_keys: previous_master_keys(&raw, &master_key)?,
        master_key,
        server: ServerConfig {
            listen: raw.server.listen.parse().map_err(|_| {
                ConfigError::setting("server.listen", "expected an address like 127.0.0.1:8080")
            })?,
            trusted_proxies: networks("server.trusted_proxies", &raw.server.trusted_proxies)?,
            cors_origins: origins("server.cors_origins", raw.server.cors_origins)?,
            body_timeout: seconds(
                "server.body_timeout_seconds",
                raw.server.body_timeout_seconds,
                HOUR,
            )?,
            shutdown_timeout: seconds(
                "server.shutdown_timeout_seconds",
                raw.server.shutdown_timeout_seconds,
                HOUR,
            )?,
        },
        database: database(&raw.database)?,
        wechat: WechatSettings {
            base_url: base_url(&raw.wechat)?,
            connect_timeout: millis("wechat.connect_timeout_ms", raw.wechat.connect_timeout_ms)?,
            total_timeout: millis("wechat.timeout_ms", raw.wechat.timeout_ms)?,
        },
        unofficial_wechat: raw.wechat.unofficial,
        tokens: TokenPolicy {
            issuer: issuer(&raw.server.public_url)?,
            audience: Some(raw.tokens.audience).filter(|audience| !audience.is_empty()),
            lifetime: seconds(
                "tokens.access_lifetime_seconds",
                raw.tokens.access_lifetime_seconds,
                24 * HOUR,
            )?,
            original_lifetime: days(
                "original.token_lifetime_days",
                raw.original.token_lifetime_days,
            )?,
        },
        sessions: SessionPolicy {
            lifetime,
            // A lifetime below the default idle time shortens that, too.
            idle: days("sessions.idle_days", raw.sessions.idle_days)?.min(lifetime),
            max_per_user: number("sessions.max_per_user", raw.sessions.max_per_user, 100_000)?
                .get(),
        },
        signing_key_life: days("tokens.signing_key_days", raw.tokens.signing_key_days)?,
        erasure_grace: match raw.users.erasure_grace_days {
            0 => Duration::ZERO,
            given => days("users.erasure_grace_days", given)?,
        },
        avatars: avatars(&raw.avatars)?,
        example: None,
        limits: limits(&raw.limits)?,
        original_app,
        client: None,
        pushes,
        apps,
        log: log(&raw.log)?,
        warnings,
    })
}

pub(super) fn database(raw: &raw::Database) -> Result<DatabaseConfig, ConfigError> {
    Ok(DatabaseConfig {
        url: raw.url.clone(),
        connections: number("database.connections", raw.connections, 1000)?.get(),
        acquire_timeout: millis("database.acquire_timeout_ms", raw.acquire_timeout_ms)?,
        statement_timeout: millis("database.statement_timeout_ms", raw.statement_timeout_ms)?,
    })
}

fn millis(name: &str, value: u32) -> Result<Duration, ConfigError> {
    number(name, value, 1000 * HOUR).map(|n| Duration::from_millis(n.get().into()))
}

/// Reports all missing settings at once.
fn require_settings(raw: &Raw) -> Result<(), ConfigError> {
    let missing = [
        (raw.master_key.expose().is_empty() && raw.master_key_file.is_empty())
            .then_some("master_key (or master_key_file)"),
        raw.server.public_url.is_empty().then_some("server.public_url"),
        raw.database.url.expose().is_empty().then_some("database.url"),
        raw.apps.is_empty().then_some("apps.<AppID>.secret (or secret_file)"),
    ];
    let missing = missing.into_iter().flatten().collect::<Vec<_>>();
    if missing.is_empty() {
        return Ok(());
    }
    Err(ConfigError::new(format!(
        "missing settings: {}; set them in wxlogin.toml or as WXLOGIN__SECTION__KEY, or run `wxlogin dev` to try wxlogin without a configuration",
        missing.join(", ")
    )))
}

/// A number from 1 to `max`.
fn number(name: &str, value: u32, max: u32) -> Result<NonZeroU32, ConfigError> {
    let number = NonZeroU32::new(value).filter(|number| number.get() <= max);
    let rule = || ConfigError::setting(name, format!("expected a number from 1 to {max}"));
    number.ok_or_else(rule)
}

fn master_key(raw: &Raw) -> Result<MasterKey, ConfigError> {
    let text = value_or_file("master_key", &raw.master_key, &raw.master_key_file)?;
    parse_key("master_key", &text)
}

/// The previous keys, each of which differs from all others and from the current one.
fn previous_master_keys(raw: &Raw, current: &MasterKey) -> Result<Vec<MasterKey>, ConfigError> {
    const NAME: &str = "previous_master_keys";
    const FILES: &str = "previous_master_key_files";
    let mut keys = Vec::new();
    for text in &raw.previous_master_keys {
        keys.push(parse_key(NAME, text)?);
    }
    for file in &raw.previous_master_key_files {
        keys.push(parse_key(FILES, &secret_file(FILES, file)?)?);
    }
    let all = std::iter::once(current).chain(&keys).collect::<Vec<_>>();
    let ids = all.iter().map(|key| key.id()).collect::<Result<Vec<_>, _>>();
    let ids = ids.map_err(|fault| ConfigError::setting(NAME, fault))?;
    for (at, (key, id)) in all.iter().zip(&ids).enumerate() {
        let Some(twin) = ids[..at].iter().position(|other| other == id) else { continue };
        return Err(ConfigError::setting(
            NAME,
            if key.equals(all[twin]) {
                format!("master key {id} is set twice; remove it here, or change master_key")
            } else {
                format!("two different master keys have the id {id}; replace the newer one")
            },
        ));
    }
    Ok(keys)
}

fn parse_key(name: &str, text: &Secret) -> Result<MasterKey, ConfigError> {
    MasterKey::parse(text.expose()).map_err(|rule| ConfigError::setting(name, rule))
}

/// A secret that is given either as a value or in a file.
fn value_or_file(name: &str, value: &Secret, file: &str) -> Result<Secret, ConfigError> {
    match (value.expose(), file) {
        ("", "") => Err(ConfigError::setting(name, format!("missing; set {name} or {name}_file"))),
        (_, "") => Ok(value.clone()),
        ("", file) => secret_file(&format!("{name}_file"), file),
        _ => Err(ConfigError::setting(name, format!("set {name} or {name}_file, not both"))),
    }
}

/// Reads the file that a setting names.
fn secret_file(name: &str, file: &str) -> Result<Secret, ConfigError> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| ConfigError::unreadable_setting(name, file, &error))?;
    match text.trim() {
        "" => Err(ConfigError::setting(name, "the file is empty")),
        text => Ok(Secret::new(text)),
    }
}

fn networks(name: &str, texts: &[String]) -> Result<Vec<IpNet>, ConfigError> {
    let parse = |text: &String| {
        text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
    };
    texts.iter().map(parse).collect::<Option<_>>().ok_or_else(|| {
        ConfigError::setting(name, "expected IP addresses or networks like 10.0.0.0/8")
    })
}

fn origins(name: &str, texts: Vec<String>) -> Result<Vec<String>, ConfigError> {
    texts.iter().try_for_each(|text| check_origin(name, text))?;
    Ok(texts)
}

fn avatars(raw: &raw::Avatars) -> Result<AvatarsConfig, ConfigError> {
    const NAME: &str = "avatars.max_upload_bytes";
    let max_upload_bytes = usize::try_from(number(NAME, raw.max_upload_bytes, 100_000_000)?.get());
    Ok(AvatarsConfig {
        directory: Some(raw.directory.as_str()).filter(|path| !path.is_empty()).map(Into::into),
        max_upload_bytes: max_upload_bytes
            .map_err(|_| ConfigError::setting(NAME, "too large for this machine"))?,
    })
}

/// The limits of the settings.
pub(super) fn limits(raw: &raw::Limits) -> Result<LimitsConfig, ConfigError> {
    let limit = |name: &str, value| number(&format!("limits.{name}"), value, u32::MAX);
    Ok(LimitsConfig {
        failed_logins_per_minute: limit("failed_logins_per_minute", raw.failed_logins_per_minute)?,
        failed_credentials_per_minute: limit(
            "failed_credentials_per_minute",
            raw.failed_credentials_per_minute,
        )?,
        ipv6_site_factor: limit("ipv6_site_factor", raw.ipv6_site_factor)?,
        calls: CallQuotas {
            phone_bindings: limit("phone_bindings_per_minute", raw.phone_bindings_per_minute)?,
            session_key_checks: limit(
                "session_key_checks_per_minute",
                raw.session_key_checks_per_minute,
            )?,
            open_data: limit("open_data_per_minute", raw.open_data_per_minute)?,
            avatar_uploads: limit("avatar_uploads_per_minute", raw.avatar_uploads_per_minute)?,
            profile_changes: limit("profile_changes_per_minute", raw.profile_changes_per_minute)?,
            refreshes: limit("refreshes_per_minute", raw.refreshes_per_minute)?,
        },
    })
}

fn base_url(raw: &raw::Wechat) -> Result<BaseUrl, ConfigError> {
    let parsed = if raw.unofficial {
        BaseUrl::unofficial(&raw.base_url)
    } else {
        BaseUrl::official(&raw.base_url)
    };
    parsed.map_err(|rule| ConfigError::setting("wechat.base_url", rule))
}

fn issuer(text: &str) -> Result<String, ConfigError> {
    let rule = || {
        ConfigError::setting(
            "server.public_url",
            "expected an https:// URL without query, fragment or trailing slash",
        )
    };
    let url = Url::parse(text).map_err(|_| rule())?;
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let is_canonical = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
        // A parser changes nothing but to add the root's slash.
        && !text.ends_with('/')
        && url.as_str().trim_end_matches('/') == text;
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
    if is_canonical && is_safe { Ok(text.to_owned()) } else { Err(rule()) }
}

fn apps(raw: &Raw) -> Result<Apps, ConfigError> {
    let apps = raw.apps.iter().map(|(id, app)| {
        let name = format!("apps.{id}");
        let id = AppId::parse(id).map_err(|rule| ConfigError::setting("apps", rule))?;
        if id.as_str() == DEV_APP_ID {
            return Err(ConfigError::setting(&name, "this AppID is reserved for `wxlogin dev`"));
        }
        let secret = value_or_file(&format!("{name}.secret"), &app.secret, &app.secret_file)?;
        let second_secret = match (app.second_secret.expose(), app.second_secret_file.as_str()) {
            ("", "") => None,
            (_, file) => {
                let name = format!("{name}.second_secret");
                Some(value_or_file(&name, &app.second_secret, file)?)
            }
        };
        let sign_up = match app.sign_up.as_str() {
            "" | "open" => SignUp::Open,
            "closed" => SignUp::Closed,
            _ => {
                let name = format!("{name}.sign_up");
                return Err(ConfigError::setting(&name, "expected \"open\" or \"closed\""));
            }
        };
        let encrypted_phone = app.encrypted_phone;
        Ok(App { id, secret, second_secret, encrypted_phone, sign_up })
    });
    let apps = Apps::new(apps.collect::<Result<_, _>>()?);
    match raw.default_app.as_str() {
        "" => Ok(apps),
        text => known_app("default_app", text, &apps).map(|id| apps.with_default(id)),
    }
}

fn pushes(raw: &Raw, apps: &Apps) -> Result<Vec<PushApp>, ConfigError> {
    let mut pushes = Vec::new();
    for App { id, .. } in apps.iter() {
        let Some(app) = raw.apps.get(id.as_str()) else { continue };
        let name = format!("apps.{id}.push_token");
        let token = optional(&name, &app.push_token, &app.push_token_file)?;
        let key_name = format!("apps.{id}.encoding_aes_key");
        let key = optional(&key_name, &app.encoding_aes_key, &app.encoding_aes_key_file)?;
        let key = key.map(|text| EncodingAesKey::parse(text.expose())).transpose();
        let key = key.map_err(|rule| ConfigError::setting(&key_name, rule))?;
        match (token, key) {
            (Some(token), key) => pushes.push(PushApp { id: id.clone(), token, key }),
            (None, Some(_)) => {
                let rule = "required with encoding_aes_key; WeChat's console shows both";
                return Err(ConfigError::setting(&name, rule));
            }
            (None, None) => {}
        }
    }
    Ok(pushes)
}

/// A secret that is optional.
fn optional(name: &str, value: &Secret, file: &str) -> Result<Option<Secret>, ConfigError> {
    if value.expose().is_empty() && file.is_empty() {
        return Ok(None);
    }
    value_or_file(name, value, file).map(Some)
}

fn known_app(name: &str, text: &str, apps: &Apps) -> Result<AppId, ConfigError> {
    apps.resolve(Some(text))
        .map(|app| app.id.clone())
        .map_err(|_| ConfigError::setting(name, "expected the AppID of a section under [apps]"))
}

fn log(raw: &raw::Log) -> Result<LogConfig, ConfigError> {
    let format = match raw.format.as_str() {
        "auto" => LogFormat::Auto,
        "text" => LogFormat::Text,
        "json" => LogFormat::Json,
        _ => {
            return Err(ConfigError::setting(
                "log.format",
                "expected \"auto\", \"text\" or \"json\"",
            ));
        }
    };
    check_log_filter("log.filter", &raw.filter)?;
    Ok(LogConfig { format, filter: raw.filter.clone() })
}
