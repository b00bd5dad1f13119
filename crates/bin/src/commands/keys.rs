use std::path::Path;
use std::sync::Arc;

use clap::Subcommand;
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::Clock;
use wxlogin_domain::usecase::tokens::signing_keys::{KeyState, ListedKey};
use wxlogin_system::SystemClock;

use super::{ConfigFile, Failed, on_the_database, say};
use crate::bootstrap::Bootstrap;

#[derive(Subcommand)]
pub(super) enum Keys {
    /// Show every signing key, newest first
    List(ConfigFile),
    /// Make the next key: it is published now and signs in five minutes
    Rotate(ConfigFile),
    /// Declare a key void at once: no token it has signed holds any more
    Revoke {
        #[command(flatten)]
        file: ConfigFile,
        /// The key's name, as `keys list` shows it
        kid: String,
    },
}

pub(super) fn run(keys: &Keys) -> Result<(), Failed> {
    match keys {
        Keys::List(file) => with(file.path.as_deref(), async |ground| {
            for listed in ground.keys.list().await? {
                say(&line(&listed));
            }
            Ok(())
        }),
        Keys::Rotate(file) => with(file.path.as_deref(), async |ground| {
            ground.keys.make_ready().await?;
            let key = ground.keys.rotate().await?;
            let waits = key.active_from.since(SystemClock.now()).as_secs();
            say(&format!("{} is published and signs in {waits} seconds.", key.kid));
            Ok(())
        }),
        Keys::Revoke { file, kid } => with(file.path.as_deref(), async |ground| {
            ground.keys.revoke(kid).await?;
            say(&format!("{kid} is void. Running instances know within two seconds."));
            Ok(())
        }),
    }
}

fn with(
    file: Option<&Path>,
    work: impl AsyncFnOnce(&Bootstrap) -> Result<(), Failed>,
) -> Result<(), Failed> {
    on_the_database(file, Arc::new(SystemClock), work)
}

fn line(listed: &ListedKey) -> String {
    let state = match listed.state {
        KeyState::Pending => "pending",
        KeyState::Signing => "signing",
        KeyState::Retired => "retired",
        KeyState::Expired => "expired",
        KeyState::Void => "void",
    };
    let key = &listed.key;
    format!("{}  {state:<8}  signs from {}", key.kid, rfc3339(key.active_from))
}

fn rfc3339(at: Timestamp) -> String {
    let time = chrono::DateTime::from_timestamp_millis(at.as_millis()).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
