//! Background tasks of an instance.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::admin::api_clients::ApiClients;
use wxlogin_domain::usecase::operations::housekeeping::Housekeeping;
use wxlogin_domain::usecase::operations::readiness::Readiness;
use wxlogin_domain::usecase::profile::avatars::AvatarSweep;
use wxlogin_domain::usecase::tokens::revocations::Revocations;
use wxlogin_domain::usecase::tokens::signing_keys::SigningKeys;

use crate::rfc3339::rfc3339;

/// How often revocations, signing keys and API clients are loaded that other instances or commands have
/// changed. Every instance must know of a change within two seconds.
const LOAD_INTERVAL: Duration = Duration::from_secs(1);

/// How often the database is asked whether it accepts writes.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// How often signing keys are checked for their rotation.
const ROTATION_INTERVAL: Duration = Duration::from_mins(1);

/// How often expired rows are removed.
const CLEANUP_INTERVAL: Duration = Duration::from_mins(1);

/// How often pictures without a user are removed.
const SWEEP_INTERVAL: Duration = Duration::from_secs(20);

/// Starts the tasks. They end when the set is dropped.
pub(crate) fn start(services: &UseCases) -> JoinSet<()> {
    let UseCases { readiness, revocations, keys, clients, housekeeping, avatar_sweep, .. } =
        services;
    let mut tasks = JoinSet::new();
    tasks.spawn(probe_database(readiness.clone()));
    tasks.spawn(load_revocations(revocations.clone()));
    tasks.spawn(load_signing_keys(keys.clone()));
    tasks.spawn(load_api_clients(clients.clone()));
    tasks.spawn(rotate_signing_keys(keys.clone()));
    tasks.spawn(clean_up(housekeeping.clone()));
    if let Some(avatar_sweep) = avatar_sweep {
        tasks.spawn(sweep_avatars(avatar_sweep.clone()));
    }
    tasks
}

async fn probe_database(readiness: Arc<Readiness>) {
    let mut outcome = OutcomeLog::new("check that the database accepts writes");
    let mut ticks = ticks(PROBE_INTERVAL);
    // The start has probed already.
    ticks.reset();
    loop {
        ticks.tick().await;
        outcome.note(&readiness.probe().await);
    }
}

async fn load_revocations(revocations: Arc<Revocations>) {
    let mut outcome = OutcomeLog::new("load revocations");
    let mut ticks = ticks(LOAD_INTERVAL);
    loop {
        ticks.tick().await;
        outcome.note(&revocations.catch_up().await);
    }
}

async fn load_signing_keys(keys: Arc<SigningKeys>) {
    let mut outcome = OutcomeLog::new("load signing keys");
    let mut ticks = ticks(LOAD_INTERVAL);
    loop {
        ticks.tick().await;
        outcome.note(&keys.make_ready().await);
    }
}

async fn load_api_clients(clients: Arc<ApiClients>) {
    let mut outcome = OutcomeLog::new("load API clients");
    let mut ticks = ticks(LOAD_INTERVAL);
    loop {
        ticks.tick().await;
        outcome.note(&clients.load().await);
        for (client_id, expires_at) in clients.expiring_soon() {
            tracing::warn!(
                %client_id,
                expires_at = rfc3339(expires_at),
                "an API client expires soon; give it a later expiry with `wxlogin clients change`"
            );
        }
    }
}

async fn rotate_signing_keys(keys: Arc<SigningKeys>) {
    let mut rotation = OutcomeLog::new("rotate signing keys");
    let mut ticks = ticks(ROTATION_INTERVAL);
    loop {
        ticks.tick().await;
        rotation.note(&keys.keep_up().await);
    }
}

async fn clean_up(housekeeping: Arc<Housekeeping>) {
    let mut cleanup = OutcomeLog::new("remove expired rows");
    let mut ticks = ticks(CLEANUP_INTERVAL);
    loop {
        ticks.tick().await;
        cleanup.note(&housekeeping.run().await.map(|purged| {
            tracing::debug!(
                sessions = purged.sessions,
                replays = purged.replays,
                revocations = purged.revocations,
                "removed expired rows"
            );
        }));
    }
}

async fn sweep_avatars(avatars: Arc<AvatarSweep>) {
    let mut outcome = OutcomeLog::new("remove pictures without a user");
    let mut ticks = ticks(SWEEP_INTERVAL);
    loop {
        ticks.tick().await;
        outcome.note(&avatars.run().await.map(|removed| {
            tracing::debug!(removed, "removed pictures without a user");
        }));
    }
}

fn ticks(every: Duration) -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Logs a task's first failure and its recovery, and not each failure in between.
struct OutcomeLog {
    task: &'static str,
    has_failed: bool,
}

impl OutcomeLog {
    fn new(task: &'static str) -> Self {
        Self { task, has_failed: false }
    }

    fn note<E: std::error::Error>(&mut self, outcome: &Result<(), E>) {
        let task = self.task;
        match outcome {
            Ok(()) if self.has_failed => tracing::info!(task, "background task works again"),
            Err(error) if !self.has_failed => {
                tracing::warn!(task, %error, "background task failed; it will be retried");
            }
            Ok(()) | Err(_) => {}
        }
        self.has_failed = outcome.is_err();
    }
}
