//! Refreshing a session: who may, and what the session is afterwards.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Generation, Session, SessionId, Timestamp, User, UserStatus};

/// Whether a presented refresh token is one of this session's, of whatever generation.
pub type IsAuthentic = Arc<dyn Fn(&Session) -> bool + Send + Sync>;

/// A refresh token that was presented, and what the session gets if it is the current one.
#[derive(Clone)]
pub struct Rotation {
    /// The session that the token names.
    pub session_id: SessionId,
    /// The generation that the token names.
    pub from: Generation,
    /// Whether wxlogin issued the token for the session.
    pub is_authentic: IsAuthentic,
    /// How long the session lasts from now on unless it is refreshed again.
    pub idle: Duration,
    /// When it happens.
    pub now: Timestamp,
}

impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, from) = (&self.session_id, &self.from);
        f.debug_struct("Rotation")
            .field("session_id", id)
            .field("from", from)
            .finish_non_exhaustive()
    }
}

/// What became of a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RotationOutcome {
    /// The session has the next generation.
    Rotated {
        /// The session's user.
        user: User,
        /// The session as stored now.
        session: Session,
    },
    /// The session's generation was another one; nothing was written.
    Moved {
        /// The session's user, who may be banned.
        user: User,
        /// The session as stored now.
        session: Session,
    },
    /// The session's user is banned; nothing was written.
    Disabled,
    /// There is no such session, it is over, or the token is not one of its tokens; nothing was
    /// written.
    Gone,
}

impl Rotation {
    /// Decides about a session and its user, both read in the step that writes the outcome. The store
    /// writes the session's generation and times when the outcome is `Rotated`, and nothing otherwise.
    #[must_use]
    pub fn of(&self, mut session: Session, user: User) -> RotationOutcome {
        if session.is_over(self.now) || !(self.is_authentic)(&session) {
            return RotationOutcome::Gone;
        }
        if session.generation != self.from {
            return RotationOutcome::Moved { user, session };
        }
        if user.status == UserStatus::Disabled {
            return RotationOutcome::Disabled;
        }
        session.generation = self.from.next();
        session.last_used_at = self.now;
        session.expires_at = self.now.plus(self.idle).min(session.ends_at);
        RotationOutcome::Rotated { user, session }
    }
}
