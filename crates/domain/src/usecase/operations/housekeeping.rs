//! Removes what is over, in small steps, by one instance at a time.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::model::{AuditAction, AuditEvent};
use crate::ports::{
    AccountStore, Clock, DeploymentStore, Erasure, ErasureStep, Purged, PushStore, Randomness,
    SessionStore, StoreError,
};
use crate::usecase::tokens::access_tokens::AccessTokens;

/// What [`Housekeeping`] works with.
pub struct HousekeepingParts {
    /// Knows how long tokens hold.
    pub access: Arc<AccessTokens>,
    /// Keeps sessions, replay records and revocations.
    pub sessions: Arc<dyn SessionStore>,
    /// Keeps users.
    pub accounts: Arc<dyn AccountStore>,
    /// Remembers which pushes were acted on.
    pub pushes: Arc<dyn PushStore>,
    /// Lets one instance do it.
    pub deployment: Arc<dyn DeploymentStore>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub randomness: Arc<dyn Randomness>,
}

/// Removes what is over.
pub struct Housekeeping {
    parts: HousekeepingParts,
    instance: Uuid,
}

/// Rows of each kind that one step removes.
const STEP: u32 = 200;

/// Steps that one run makes: what is left waits for the next run, so that logins are not held up.
const STEPS: u32 = 50;

/// How long the task belongs to the instance that does it.
const LEASE: Duration = Duration::from_mins(3);

/// How long a login can be repeated with its idempotency key, and then some.
const REPLAYS: Duration = Duration::from_mins(5);

/// How long a push is recognised when it comes again. Older than five minutes it is refused anyway.
const PUSHES: Duration = Duration::from_hours(1);

impl Housekeeping {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: HousekeepingParts) -> Self {
        let instance = crate::model::uuid_v7(parts.clock.now(), parts.randomness.as_ref());
        Self { parts, instance }
    }

    /// Removes some of what is over; how much. Nothing when another instance does it.
    pub async fn run(&self) -> Result<Purged, StoreError> {
        let parts = &self.parts;
        let mut total = Purged::default();
        if !parts.deployment.lease("housekeeping", self.instance, LEASE).await? {
            return Ok(total);
        }
        for _ in 0..STEPS {
            let now = parts.clock.now();
            let step = parts.sessions.purge(now, now.minus(REPLAYS), STEP).await?;
            total.sessions += step.sessions;
            total.replays += step.replays;
            total.revocations += step.revocations;
            if step == Purged::default() {
                break;
            }
        }
        for _ in 0..STEPS {
            let before = parts.clock.now().minus(PUSHES);
            if parts.pushes.purge_pushes(before, STEP).await? == 0 {
                break;
            }
        }
        let due = parts.accounts.due_erasures(parts.clock.now(), STEP).await?;
        for user_id in due {
            let now = parts.clock.now();
            let randomness = parts.randomness.as_ref();
            let erasure = Erasure {
                user_id,
                step: ErasureStep::CompleteIfDue,
                tokens_until: parts.access.all_expired_by(now),
                event: AuditEvent::new(AuditAction::UserErased, user_id, now, randomness),
            };
            parts.accounts.erase(erasure).await?;
        }
        Ok(total)
    }
}
