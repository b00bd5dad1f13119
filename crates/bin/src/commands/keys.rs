use std::path::Path;
use std::sync::Arc;

use clap::Subcommand;
use wxlogin_domain::ports::Clock;
use wxlogin_domain::usecase::tokens::signing_keys::{KeyState, ListedKey};
use wxlogin_system::SystemClock;

use super::{CommandError, ConfigFile, print, with_database};
use crate::bootstrap::Bootstrap;
use crate::rfc3339::rfc3339;

#[derive(Subcommand)]
pub(super) enum Keys {
    /// List the signing keys, newest first
    List(ConfigFile),
    /// Create the next key, which is published now and starts signing in five minutes
    Rotate(ConfigFile),
    /// Revoke a key now; every token that it signed becomes invalid
    Revoke {
        #[command(flatten)]
        file: ConfigFile,
        /// Id of the key, as `keys list` shows it
        kid: String,
    },
}

pub(super) fn run(keys: &Keys) -> Result<(), CommandError> {
    match keys {
        Keys::List(file) => with(file.path.as_deref(), async |ground| {
            for listed in ground.keys.list().await? {
                print(&line(&listed));
            }
            Ok(())
        }),
        Keys::Rotate(file) => with(file.path.as_deref(), async |ground| {
            ground.keys.make_ready().await?;
            let key = ground.keys.rotate().await?;
            let delay = key.active_from.since(SystemClock.now()).as_secs();
            print(&format!(
                "Created key {}. It is published now and starts signing in {delay} seconds.",
                key.kid
            ));
            Ok(())
        }),
        Keys::Revoke { file, kid } => with(file.path.as_deref(), async |ground| {
            ground.keys.revoke(kid).await?;
            print(&format!(
                "Revoked key {kid}. Running instances stop accepting it within two seconds."
            ));
            Ok(())
        }),
    }
}

fn with(
    file: Option<&Path>,
    work: impl AsyncFnOnce(&Bootstrap) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    with_database(file, Arc::new(SystemClock), work)
}

fn line(listed: &ListedKey) -> String {
    let state = match listed.state {
        KeyState::Pending => "pending",
        KeyState::Signing => "signing",
        KeyState::Retired => "retired",
        KeyState::Expired => "expired",
        KeyState::Void => "revoked",
    };
    let key = &listed.key;
    format!("{}  {state:<8}  signs from {}", key.kid, rfc3339(key.active_from))
}
