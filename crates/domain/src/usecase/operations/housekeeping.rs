//! Deletes expired rows in small steps, on one instance at a time.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::model::{AuditAction, VisibleApps};
use crate::ports::{Erasure, ErasureStep, Purged, StoreError};
use crate::usecase::context::Context;

/// Deletes expired rows, and erases accounts that can no longer be restored.
pub struct Housekeeping {
    context: Arc<Context>,
    instance: Uuid,
}

/// Rows of each kind per step.
const STEP: u32 = 200;

/// Steps per run. The rest waits for the next run, so that logins are not delayed.
const STEPS: u32 = 50;

/// How long the lease of a run lasts.
const LEASE: Duration = Duration::from_mins(3);

/// How long idempotency keys are kept, which is longer than a login can be repeated.
const REPLAYS: Duration = Duration::from_mins(5);

/// How long pushes are remembered. After five minutes a repetition is refused anyway.
const PUSHES: Duration = Duration::from_hours(1);

impl Housekeeping {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        let instance = context.uuid();
        Self { context, instance }
    }

    /// Deletes some of the expired rows and returns their number; zero while another instance does
    /// this.
    pub async fn run(&self) -> Result<Purged, StoreError> {
        let context = &self.context;
        let stores = &context.ports.stores;
        let mut total = Purged::default();
        if !stores.deployment.lease("housekeeping", self.instance, LEASE).await? {
            return Ok(total);
        }
        for _ in 0..STEPS {
            let now = context.now();
            let step = stores.sessions.purge(now, now.minus(REPLAYS), STEP).await?;
            total.sessions += step.sessions;
            total.replays += step.replays;
            total.revocations += step.revocations;
            if step == Purged::default() {
                break;
            }
        }
        for _ in 0..STEPS {
            if stores.pushes.purge_pushes(context.now().minus(PUSHES), STEP).await? == 0 {
                break;
            }
        }
        for user_id in stores.accounts.due_erasures(context.now(), STEP).await? {
            let erasure = Erasure {
                user_id,
                apps: VisibleApps::All,
                step: ErasureStep::CompleteIfDue,
                tokens_until: context.tokens_until(),
                event: context.audit_event(AuditAction::UserErased, user_id),
            };
            stores.accounts.erase(erasure).await?;
        }
        Ok(total)
    }
}
