use std::path::Path;
use std::sync::Arc;

use clap::Subcommand;
use wxlogin_domain::ports::{Clock, Sealer};
use wxlogin_domain::usecase::operations::reseal::{self, BATCH, Resealed};
use wxlogin_domain::usecase::tokens::signing_keys::{KeyState, ListedKey};
use wxlogin_system::SystemClock;

use super::progress::TerminalProgress;
use super::{CommandError, ConfigFile, print, with_configured_database, with_database};
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
    /// Encrypt everything in the database with the current master key, while wxlogin is running
    Reseal(ConfigFile),
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
        Keys::Reseal(file) => reseal(file),
    }
}

fn reseal(file: &ConfigFile) -> Result<(), CommandError> {
    let clock = Arc::new(SystemClock);
    with_configured_database(file.path.as_deref(), clock, async |ground, config| {
        let sealer = ground.sealer.as_ref();
        let (idle, now) = (config.sessions.idle, SystemClock.now());
        let progress = TerminalProgress::new();
        let done = reseal::reseal(&ground.stores, sealer, BATCH, idle, now, &progress).await?;
        drop(progress);
        print(&resealed(sealer, &done));
        Ok(())
    })
}

fn resealed(sealer: &dyn Sealer, done: &Resealed) -> String {
    let mut lines = vec![format!(
        "Encrypted {} values with master key {}. No value is encrypted with a previous key.",
        done.values,
        sealer.key_id()
    )];
    if done.unreadable > 0 {
        lines.push(format!(
            "{} values cannot be decrypted with any configured key; the log names their tables. They were not changed.",
            done.unreadable
        ));
    }
    if let Some(until) = done.previous_until {
        lines.extend(sealer.previous_key_ids().into_iter().map(|id| {
            let until = rfc3339(until);
            format!("Previous master key {id} may be removed after {until}. Refresh tokens that it signed are invalid without it.")
        }));
    }
    lines.join("\n")
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
