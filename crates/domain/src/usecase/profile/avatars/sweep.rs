use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::ports::{AvatarStore, AvatarStoreError, StoreError, StoredAvatar};
use crate::usecase::context::Context;

/// Why unused avatars were not deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AvatarSweepError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Avatars could not be listed or deleted.
    #[error(transparent)]
    Avatars(#[from] AvatarStoreError),
}

/// Deletes avatars that no user has: those that were replaced or cleared, those of erased or merged
/// users, and those whose upload did not finish.
///
/// Avatars are deleted nowhere else, so that none is left behind when an instance crashes.
pub struct AvatarSweep {
    context: Arc<Context>,
    store: Arc<dyn AvatarStore>,
    instance: Uuid,
    /// What the last run had no time for.
    unseen: Mutex<Option<Listing>>,
}

type Listing = BoxStream<'static, Result<StoredAvatar, AvatarStoreError>>;

/// How old an avatar must be. An upload takes seconds; the rest allows for clocks that differ.
const GRACE: Duration = Duration::from_mins(10);

/// Avatars per step.
const STEP: usize = 200;

/// Steps per run.
const STEPS: usize = 100;

/// How long the lease of a run lasts.
const LEASE: Duration = Duration::from_mins(1);

impl AvatarSweep {
    pub(crate) fn new(context: Arc<Context>, store: Arc<dyn AvatarStore>) -> Self {
        let instance = context.uuid();
        Self { context, store, instance, unseen: Mutex::default() }
    }

    /// Checks some of the avatars and deletes those that no user has. Returns the number of deleted
    /// avatars; zero while another instance does this.
    pub async fn run(&self) -> Result<u64, AvatarSweepError> {
        let mut unseen = self.unseen.lock().await;
        let listing = unseen.take();
        let mut deleted = 0;
        let deployment = &self.context.ports.stores.deployment;
        if !deployment.lease("avatars", self.instance, LEASE).await? {
            return Ok(deleted);
        }
        let mut listing = listing.unwrap_or_else(|| self.store.list());
        for _ in 0..STEPS {
            let some = listing.by_ref().take(STEP).try_collect::<Vec<_>>().await?;
            if some.is_empty() {
                return Ok(deleted);
            }
            deleted += self.delete_unused(some).await?;
        }
        *unseen = Some(listing);
        Ok(deleted)
    }

    async fn delete_unused(&self, some: Vec<StoredAvatar>) -> Result<u64, AvatarSweepError> {
        let until = self.context.now().minus(GRACE);
        let old = some.into_iter().filter(|kept| kept.stored_at <= until).map(|kept| kept.name);
        let mut unused = old.collect::<BTreeSet<_>>();
        if unused.is_empty() {
            return Ok(0);
        }
        let in_use = self.context.accounts().avatars_in_use(unused.clone()).await?;
        unused.retain(|name| !in_use.contains(name));
        let mut deleted = 0;
        for name in unused {
            self.store.delete(&name).await?;
            deleted += 1;
        }
        Ok(deleted)
    }
}
