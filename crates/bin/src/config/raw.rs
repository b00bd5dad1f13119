//! The settings as they are written, before they are checked.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use wxlogin_domain::model::Secret;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    #[serde(deserialize_with = "secret")]
    pub(super) master_key: Secret,
    pub(super) master_key_file: String,
    #[serde(deserialize_with = "secrets")]
    pub(super) previous_master_keys: Vec<Secret>,
    #[serde(deserialize_with = "list")]
    pub(super) previous_master_key_files: Vec<String>,
    pub(super) refuse_open_secret_files: bool,
    pub(super) default_app: String,
    pub(super) server: Server,
    pub(super) database: Database,
    pub(super) wechat: Wechat,
    pub(super) tokens: Tokens,
    pub(super) sessions: Sessions,
    pub(super) users: Users,
    pub(super) avatars: Avatars,
    pub(super) limits: Limits,
    pub(super) original: Original,
    pub(super) log: Log,
    #[serde(default)]
    pub(super) apps: BTreeMap<String, App>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Server {
    pub(super) listen: String,
    pub(super) public_url: String,
    #[serde(deserialize_with = "list")]
    pub(super) trusted_proxies: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(super) cors_origins: Vec<String>,
    pub(super) body_timeout_seconds: u32,
    pub(super) shutdown_timeout_seconds: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Database {
    #[serde(deserialize_with = "secret")]
    pub(super) url: Secret,
    pub(super) connections: u32,
    pub(super) acquire_timeout_ms: u32,
    pub(super) statement_timeout_ms: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wechat {
    pub(super) base_url: String,
    pub(super) unofficial: bool,
    pub(super) connect_timeout_ms: u32,
    pub(super) timeout_ms: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tokens {
    pub(super) access_lifetime_seconds: u32,
    pub(super) audience: String,
    pub(super) signing_key_days: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sessions {
    pub(super) lifetime_days: u32,
    pub(super) idle_days: u32,
    pub(super) max_per_user: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Users {
    pub(super) erasure_grace_days: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Avatars {
    pub(super) directory: String,
    pub(super) max_upload_bytes: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) failed_logins_per_minute: u32,
    pub(super) failed_credentials_per_minute: u32,
    pub(super) ipv6_site_factor: u32,
    pub(super) phone_bindings_per_minute: u32,
    pub(super) session_key_checks_per_minute: u32,
    pub(super) open_data_per_minute: u32,
    pub(super) avatar_uploads_per_minute: u32,
    pub(super) profile_changes_per_minute: u32,
    pub(super) refreshes_per_minute: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Original {
    pub(super) app_id: String,
    pub(super) token_lifetime_days: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Log {
    pub(super) format: String,
    pub(super) filter: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct App {
    #[serde(default = "empty", deserialize_with = "secret")]
    pub(super) secret: Secret,
    #[serde(default)]
    pub(super) secret_file: String,
    #[serde(default = "empty", deserialize_with = "secret")]
    pub(super) second_secret: Secret,
    #[serde(default)]
    pub(super) second_secret_file: String,
    #[serde(default)]
    pub(super) sign_up: String,
    #[serde(default)]
    pub(super) encrypted_phone: bool,
    #[serde(default = "empty", deserialize_with = "secret")]
    pub(super) push_token: Secret,
    #[serde(default)]
    pub(super) push_token_file: String,
    #[serde(default = "empty", deserialize_with = "secret")]
    pub(super) encoding_aes_key: Secret,
    #[serde(default)]
    pub(super) encoding_aes_key_file: String,
}

fn empty() -> Secret {
    Secret::new("")
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

fn secrets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Secret>, D::Error> {
    Ok(list(deserializer)?.into_iter().map(Secret::new).collect())
}

/// A list from a file, or a comma-separated text from the environment.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Items;

    impl<'de> Visitor<'de> for Items {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of strings")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<String>, E> {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(items.map(str::to_owned).collect())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<String>, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                list.push(item);
            }
            Ok(list)
        }
    }

    deserializer.deserialize_any(Items)
}
