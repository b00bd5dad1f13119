//! How long tokens that were issued until now can still be valid.

use std::time::Duration;

use super::SessionOutline;
use crate::model::{Generation, Timestamp};

/// For how long at most a login or a refresh can be repeated, which gives new tokens without a trace in
/// the session.
const REPEATABLE: Duration = Duration::from_mins(5);

/// When the access tokens that were issued until now have expired, on the clock of any instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokensUntil {
    /// Now.
    pub now: Timestamp,
    /// Those of sessions with refresh tokens.
    pub access: Timestamp,
    /// Those of the original contract.
    pub original: Timestamp,
}

impl TokensUntil {
    /// When the tokens of a session with this refresh token have expired, if the last was issued now.
    #[must_use]
    pub fn of(&self, generation: Generation) -> Timestamp {
        if generation == Generation::NONE { self.original } else { self.access }
    }

    /// When the last token of the session expires, or `None` if every one has expired.
    #[must_use]
    pub fn last_of(&self, session: &SessionOutline) -> Option<Timestamp> {
        let until = self.of(session.generation);
        let last_issued = session.last_used_at.plus(REPEATABLE).min(self.now);
        let until = last_issued.plus(until.since(self.now));
        // A token expires with its session at the latest.
        (self.now < until && self.now < session.expires_at).then_some(until)
    }
}
