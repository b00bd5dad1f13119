use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::ports::{
    AccountStore, AvatarStore, AvatarStoreError, Clock, DeploymentStore, Randomness, StoreError,
    StoredAvatar,
};

/// Pictures were not removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AvatarSweepError {
    /// It could not be found out which of them users have.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// They could not be listed or removed.
    #[error(transparent)]
    Avatars(#[from] AvatarStoreError),
}

/// What [`AvatarSweep`] works with.
pub struct AvatarSweepParts {
    /// Where pictures are kept.
    pub store: Arc<dyn AvatarStore>,
    /// Knows which pictures users have.
    pub accounts: Arc<dyn AccountStore>,
    /// Lets one instance do it.
    pub deployment: Arc<dyn DeploymentStore>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub randomness: Arc<dyn Randomness>,
}

/// Removes the pictures that no user has: those that were replaced or cleared, those of users who
/// were erased or merged, and those whose upload broke off.
///
/// There is no other way for a picture to go, so that none is forgotten, whatever happens to a user
/// and wherever an instance crashes.
pub struct AvatarSweep {
    parts: AvatarSweepParts,
    instance: Uuid,
    /// What the run before had no time to look at.
    unseen: Mutex<Option<Listing>>,
}

type Listing = BoxStream<'static, Result<StoredAvatar, AvatarStoreError>>;

/// How long a picture may be there before a user has it. An upload takes seconds; the rest is for
/// clocks that differ.
const GRACE: Duration = Duration::from_mins(10);

/// Pictures that one step looks at.
const STEP: usize = 200;

/// Steps that one run makes: what is left waits for the next run.
const STEPS: usize = 100;

/// How long the task belongs to the instance that does it.
const LEASE: Duration = Duration::from_mins(1);

impl AvatarSweep {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: AvatarSweepParts) -> Self {
        let instance = crate::model::uuid_v7(parts.clock.now(), parts.randomness.as_ref());
        Self { parts, instance, unseen: Mutex::default() }
    }

    /// Looks at some of the pictures and removes those that no user has; how many. Nothing when
    /// another instance does it.
    pub async fn run(&self) -> Result<u64, AvatarSweepError> {
        let mut unseen = self.unseen.lock().await;
        let listing = unseen.take();
        let mut removed = 0;
        if !self.parts.deployment.lease("avatars", self.instance, LEASE).await? {
            return Ok(removed);
        }
        let mut listing = listing.unwrap_or_else(|| self.parts.store.list());
        for _ in 0..STEPS {
            let some = listing.by_ref().take(STEP).try_collect::<Vec<_>>().await?;
            if some.is_empty() {
                return Ok(removed);
            }
            removed += self.remove_unused(some).await?;
        }
        *unseen = Some(listing);
        Ok(removed)
    }

    async fn remove_unused(&self, some: Vec<StoredAvatar>) -> Result<u64, AvatarSweepError> {
        let until = self.parts.clock.now().minus(GRACE);
        let old =
            some.into_iter().filter(|stored| stored.stored_at <= until).map(|stored| stored.name);
        let mut unused = old.collect::<BTreeSet<_>>();
        if unused.is_empty() {
            return Ok(0);
        }
        let in_use = self.parts.accounts.avatars_in_use(unused.clone()).await?;
        unused.retain(|name| !in_use.contains(name));
        let mut removed = 0;
        for name in unused {
            self.parts.store.delete(&name).await?;
            removed += 1;
        }
        Ok(removed)
    }
}
