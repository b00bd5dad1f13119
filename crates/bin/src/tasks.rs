//! What an instance does beside answering.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::operations::housekeeping::Housekeeping;
use wxlogin_domain::usecase::profile::avatars::AvatarSweep;
use wxlogin_domain::usecase::tokens::revocations::Revocations;
use wxlogin_domain::usecase::tokens::signing_keys::SigningKeys;

/// How often what other instances have done is looked up. What one has revoked has to be known to
/// all within two seconds.
const CATCH_UP: Duration = Duration::from_secs(1);

/// How often what is over is removed.
const CLEAN_UP: Duration = Duration::from_mins(1);

/// How often pictures are removed that no user has.
const SWEEP: Duration = Duration::from_secs(20);

/// Starts the tasks; they end when the set is dropped.
pub(crate) fn start(services: &UseCases) -> JoinSet<()> {
    let UseCases { revocations, keys, housekeeping, avatar_sweep, .. } = services;
    let mut tasks = JoinSet::new();
    tasks.spawn(catch_up(revocations.clone()));
    tasks.spawn(look_for_keys(keys.clone()));
    tasks.spawn(clean_up(keys.clone(), housekeeping.clone()));
    if let Some(avatar_sweep) = avatar_sweep {
        tasks.spawn(sweep(avatar_sweep.clone()));
    }
    tasks
}

async fn catch_up(revocations: Arc<Revocations>) {
    let mut failing = Failing::new("revocations cannot be looked up");
    let mut ticks = ticks(CATCH_UP);
    loop {
        ticks.tick().await;
        failing.note(revocations.catch_up().await);
    }
}

async fn look_for_keys(keys: Arc<SigningKeys>) {
    let mut failing = Failing::new("signing keys cannot be looked up");
    let mut ticks = ticks(CATCH_UP);
    loop {
        ticks.tick().await;
        failing.note(keys.make_ready().await);
    }
}

async fn clean_up(keys: Arc<SigningKeys>, housekeeping: Arc<Housekeeping>) {
    let mut failing = Failing::new("what is over cannot be removed");
    let mut ticks = ticks(CLEAN_UP);
    loop {
        ticks.tick().await;
        failing.note(keys.keep_up().await);
        match housekeeping.run().await {
            Ok(purged) => tracing::debug!(
                sessions = purged.sessions,
                replays = purged.replays,
                revocations = purged.revocations,
                "removed what was over"
            ),
            Err(error) => failing.note(Err(error)),
        }
    }
}

async fn sweep(avatars: Arc<AvatarSweep>) {
    let mut failing = Failing::new("pictures that no user has cannot be removed");
    let mut ticks = ticks(SWEEP);
    loop {
        ticks.tick().await;
        failing.note(avatars.run().await.map(|removed| {
            tracing::debug!(removed, "removed pictures that no user has");
        }));
    }
}

fn ticks(every: Duration) -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Logs the first failure of a row and the recovery, not every try in between.
struct Failing {
    what: &'static str,
    fails: bool,
}

impl Failing {
    fn new(what: &'static str) -> Self {
        Self { what, fails: false }
    }

    fn note<E: std::error::Error>(&mut self, done: Result<(), E>) {
        let failed = done.is_err();
        match done {
            Ok(()) if self.fails => tracing::info!(what = self.what, "works again"),
            Err(error) if !self.fails => tracing::warn!(what = self.what, %error, "fails"),
            Ok(()) | Err(_) => {}
        }
        self.fails = failed;
    }
}
