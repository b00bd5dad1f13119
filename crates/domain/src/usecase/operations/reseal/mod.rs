//! Encrypts everything again with the current master key, while instances run.

mod secrets;

use std::time::Duration;

use self::secrets::outdated;
use crate::model::Timestamp;
use crate::ports::{CryptoFault, Deployment, MasterKeyRotation, Sealer, StoreError, Stores, Table};
use crate::usecase::operations::progress::Progress;

/// Why not everything was encrypted again. What was is kept: the next run continues.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// The database failed.
    #[error("cannot read or write the database; run the command again to continue")]
    Store(#[from] StoreError),
    /// The cryptographic library failed.
    #[error(transparent)]
    Crypto(#[from] CryptoFault),
    /// New values keep coming under a previous key.
    #[error(
        "an instance still encrypts with a previous master key; restart every instance with the new master_key, then run the command again"
    )]
    StillUsed,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resealed {
    /// How many values are encrypted with the current key now, and were not before.
    pub values: u64,
    /// How many values no configured key can decrypt. They stay as they are.
    pub unreadable: u64,
    /// From when on no refresh token under a previous key is valid; `None` if the master key is the first.
    pub previous_until: Option<Timestamp>,
}

/// The tables with encrypted values.
const TABLES: [&str; 3] = ["signing_keys", "users", "identities"];

/// Rows per step. Each step commits.
pub const BATCH: u32 = 200;

/// How often all tables are read at most. The last time finds nothing to do, unless an instance still
/// uses a previous key.
const PASSES: u32 = 5;

/// Encrypts everything again that was encrypted with a previous key, and computes its keyed tags again.
///
/// A value that an instance changes meanwhile is left to it. When nothing is left, the database belongs to
/// the current key, and the previous ones are needed for refresh tokens only, which last for `idle`.
/// `now` is when the run begins.
pub async fn reseal(
    stores: &Stores,
    sealer: &dyn Sealer,
    batch: u32,
    idle: Duration,
    now: Timestamp,
    progress: &dyn Progress,
) -> Result<Resealed, ResealError> {
    let mut values = 0;
    for _ in 0..PASSES {
        let pass = pass(stores, sealer, batch, progress).await?;
        if pass.outdated == 0 {
            let since = finish(stores, sealer, now).await?;
            let previous_until = since.map(|at| at.plus(idle));
            return Ok(Resealed { values, unreadable: pass.unreadable, previous_until });
        }
        values += pass.outdated;
    }
    Err(ResealError::StillUsed)
}

/// What was found when all tables were read once.
#[derive(Default)]
struct Pass {
    outdated: u64,
    unreadable: u64,
}

async fn pass(
    stores: &Stores,
    sealer: &dyn Sealer,
    batch: u32,
    progress: &dyn Progress,
) -> Result<Pass, StoreError> {
    let mut pass = Pass::default();
    for table in TABLES.into_iter().filter_map(Table::named) {
        // Only for the progress bar: to count a large table can take longer than a statement may.
        let rows = stores.transfer.count(table).await.unwrap_or_default();
        progress.begin(&format!("resealing {}", table.name), rows);
        let mut after = None;
        loop {
            let page = stores.transfer.page(table, after, batch).await?;
            let found = outdated(sealer, table, &page.rows);
            pass.outdated += found.replacements.len() as u64;
            pass.unreadable += found.unreadable;
            if !found.replacements.is_empty() {
                stores.transfer.replace(table, found.replacements).await?;
            }
            progress.advance(page.rows.len() as u64);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(pass)
}

/// Notes that the database belongs to the current key; since when it does.
async fn finish(
    stores: &Stores,
    sealer: &dyn Sealer,
    begun: Timestamp,
) -> Result<Option<Timestamp>, ResealError> {
    let Some(stored) = stores.deployment.deployment().await? else { return Ok(None) };
    let key_check = sealer.key_check();
    if stored.key_check == key_check {
        return Ok(stored.rotation.map(|rotation| rotation.at));
    }
    let tombstone_key = sealer.sealed_tombstone_key()?;
    let rotation = Some(MasterKeyRotation { tombstone_key, at: begun });
    let deployment = Deployment { key_check, kind: stored.kind, rotation };
    stores.deployment.set_deployment(deployment).await?;
    Ok(Some(begun))
}
