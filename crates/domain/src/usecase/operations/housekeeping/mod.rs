//! Deletes expired rows in small steps, on one instance at a time.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use uuid::Uuid;

use crate::model::{AuditAction, Timestamp, UserId, VisibleApps};
use crate::ports::{Erasure, ErasureStep, Purged, StoreError};
use crate::usecase::context::Context;

/// Deletes expired rows, and erases accounts that can no longer be restored.
pub struct Housekeeping {
    context: Arc<Context>,
    instance: Uuid,
    /// The erasures that have failed, by user.
    failed: Mutex<HashMap<UserId, Failed>>,
}

/// An erasure that has failed.
#[derive(Clone, Copy)]
struct Failed {
    times: u32,
    retry_at: Timestamp,
}

/// Rows of each kind per step.
const STEP: u32 = 500;

/// How long to pause between two steps at least. A step that took longer is followed by a pause as long
/// as itself, so that logins are not delayed.
const PAUSE: Duration = Duration::from_millis(5);

/// How long the lease of a run lasts. It is renewed with each step.
const LEASE: Duration = Duration::from_mins(3);

/// How long idempotency keys are kept, which is longer than a login can be repeated.
const REPLAYS: Duration = Duration::from_mins(5);

/// How long pushes are remembered. After five minutes a repetition is refused anyway.
const PUSHES: Duration = Duration::from_hours(1);

/// How many erasures may fail in a run. If more fail, the database is probably away.
const FAILURES: usize = 10;

/// How long to wait until an erasure is tried again, at most.
const LONGEST_PAUSE: Duration = Duration::from_hours(24);

impl Housekeeping {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        let instance = context.uuid();
        Self { context, instance, failed: Mutex::default() }
    }

    /// Deletes the expired rows and returns their number; zero while another instance does this.
    pub async fn run(&self) -> Result<Purged, StoreError> {
        let stores = &self.context.ports.stores;
        let mut total = Purged::default();
        // First, because few are due and users wait for them.
        self.erase_due().await?;
        while self.has_lease().await? {
            let (began, now) = (Instant::now(), self.context.now());
            let step = stores.sessions.purge(now, now.minus(REPLAYS), STEP).await?;
            let pushes = stores.pushes.purge_pushes(now.minus(PUSHES), STEP).await?;
            total.sessions += step.sessions;
            total.replays += step.replays;
            total.revocations += step.revocations;
            if step == Purged::default() && pushes == 0 {
                break;
            }
            tokio::time::sleep(began.elapsed().max(PAUSE)).await;
        }
        Ok(total)
    }

    async fn has_lease(&self) -> Result<bool, StoreError> {
        let deployment = &self.context.ports.stores.deployment;
        deployment.lease("housekeeping", self.instance, LEASE).await
    }

    /// Erases the accounts that are due. One that fails is left out for a while, and the pause grows.
    async fn erase_due(&self) -> Result<(), StoreError> {
        let context = &self.context;
        let mut failed = self.failed.lock().await;
        let mut failures = 0;
        while failures < FAILURES && self.has_lease().await? {
            let now = context.now();
            // Those that have failed are among the first.
            let limit = STEP.saturating_add(u32::try_from(failed.len()).unwrap_or(u32::MAX));
            let due = context.accounts().due_erasures(now, limit).await?;
            failed.retain(|user_id, _| due.contains(user_id));
            let mut erased = 0;
            for user_id in due {
                if failures == FAILURES || failed.get(&user_id).is_some_and(|it| now < it.retry_at)
                {
                    continue;
                }
                let erasure = Erasure {
                    user_id,
                    apps: VisibleApps::All,
                    step: ErasureStep::CompleteIfDue,
                    tokens_until: context.tokens_until(),
                    event: context.audit_event(AuditAction::UserErased, user_id),
                };
                match context.accounts().erase(erasure).await {
                    Ok(is_erased) => {
                        failed.remove(&user_id);
                        erased += usize::from(is_erased);
                    }
                    Err(error) => {
                        failures += 1;
                        let times = failed.get(&user_id).map_or(0, |it| it.times) + 1;
                        let pause = pause_after(times);
                        failed.insert(user_id, Failed { times, retry_at: now.plus(pause) });
                        let (retry_in, failing) = (pause.as_secs(), failed.len());
                        tracing::warn!(
                            %user_id, %error, times, retry_in, failing,
                            "cannot erase a user who is due; it will be retried"
                        );
                    }
                }
            }
            if erased == 0 {
                break;
            }
        }
        Ok(())
    }
}

/// A minute, then twice as long each time.
fn pause_after(times: u32) -> Duration {
    let minutes = 1_u64.checked_shl(times - 1).unwrap_or(u64::MAX);
    Duration::from_secs(minutes.saturating_mul(60)).min(LONGEST_PAUSE)
}
