//! Turns a refresh token into new tokens.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    AuditAction, AuditEvent, RefreshToken, Revocation, Session, Timestamp, User, UserStatus,
};
use crate::ports::{
    AccountStore, Clock, CryptoFault, EndSessions, Ending, Randomness, Rotation, RotationOutcome,
    SessionStore, StoreError,
};
use crate::usecase::tokens::access_tokens::{AccessTokens, IssuedToken, TokenKind};
use crate::usecase::tokens::refresh_tokens::{Presented, RefreshTokens};
use crate::usecase::tokens::revocations::Revocations;

/// There are no new tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The token was not made here, or its session is over.
    #[error("the refresh token is invalid")]
    Invalid,
    /// The token had been replaced before; its session has been ended.
    #[error("the refresh token has been used before")]
    Reused,
    /// The user is shut out.
    #[error("the user is disabled")]
    UserDisabled,
    /// The database did not answer.
    #[error("the session could not be refreshed")]
    Store(#[from] StoreError),
    /// A defect of this service.
    #[error("no token could be signed")]
    Broken,
}

impl From<CryptoFault> for RefreshError {
    fn from(fault: CryptoFault) -> Self {
        tracing::error!(%fault, "a refresh broke off");
        Self::Broken
    }
}

/// A refresh token and how long it can be used.
#[derive(Debug, Clone)]
pub struct IssuedRefreshToken {
    /// The token.
    pub token: RefreshToken,
    /// Until it has to be used, from now.
    pub expires_in: Duration,
}

impl IssuedRefreshToken {
    /// The session's current token.
    pub(in crate::usecase) fn of(
        tokens: &RefreshTokens,
        session: &Session,
        now: Timestamp,
    ) -> Self {
        Self { token: tokens.issue(session), expires_in: session.expires_at.since(now) }
    }
}

/// New tokens.
#[derive(Debug, Clone)]
pub struct Refreshed {
    /// The access token.
    pub access: IssuedToken,
    /// The refresh token to use next.
    pub refresh: IssuedRefreshToken,
}

/// How sessions live.
#[derive(Debug, Clone, Copy)]
pub struct SessionPolicy {
    /// How long a session lives at most.
    pub lifetime: Duration,
    /// How long a session lives without being refreshed.
    pub idle: Duration,
    /// How many sessions a user may have.
    pub max_per_user: u32,
}

impl SessionPolicy {
    /// How long a refresh token that has been replaced still gives its successor: a client whose
    /// answer was lost asks again.
    pub const GRACE: Duration = Duration::from_secs(30);
}

/// What [`Refresh`] works with.
pub struct RefreshParts {
    /// How sessions live.
    pub policy: SessionPolicy,
    /// Issues access tokens.
    pub access: Arc<AccessTokens>,
    /// Makes and reads refresh tokens.
    pub refresh: Arc<RefreshTokens>,
    /// Keeps sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Keeps users.
    pub accounts: Arc<dyn AccountStore>,
    /// Learns of a session that ends.
    pub revocations: Arc<Revocations>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub randomness: Arc<dyn Randomness>,
}

/// Rotates refresh tokens (RFC 9700, 4.14.2).
///
/// The current token is replaced by the next one. The one before it gives the same next one again,
/// for a short time and as long as that was not used. Any other token that was made here has been
/// stolen, or its successor was: the session ends. What was not made here ends nothing.
pub struct Refresh(RefreshParts);

/// What a token is to its session.
enum Age {
    Current,
    /// Replaced a moment ago by one that was not used yet.
    JustReplaced,
    Old,
    /// Never handed out by this database.
    Future,
}

impl Refresh {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: RefreshParts) -> Self {
        Self(parts)
    }

    /// Exchanges a refresh token for new tokens.
    pub async fn refresh(&self, token: &RefreshToken) -> Result<Refreshed, RefreshError> {
        let presented = self.0.refresh.read(token).ok_or(RefreshError::Invalid)?;
        let session = self.0.sessions.find_session(presented.session_id).await?;
        let session = session.filter(|session| self.0.refresh.is_authentic(&presented, session));
        let session = session.ok_or(RefreshError::Invalid)?;
        let now = self.0.clock.now();
        if session.is_over(now) {
            return Err(RefreshError::Invalid);
        }
        match age(&presented, &session, now) {
            Age::Current => self.rotate(&presented, &session, now).await,
            Age::JustReplaced => self.repeat(session, now).await,
            Age::Old => self.end(&session, now).await,
            Age::Future => Err(RefreshError::Invalid),
        }
    }

    async fn rotate(
        &self,
        presented: &Presented,
        session: &Session,
        now: Timestamp,
    ) -> Result<Refreshed, RefreshError> {
        let rotation = Rotation {
            session_id: session.id,
            from: presented.generation,
            expires_at: now.plus(self.0.policy.idle).min(session.ends_at),
            now,
        };
        match self.0.sessions.rotate(rotation).await? {
            RotationOutcome::Rotated { user, session } => self.issue(&user, &session, now),
            RotationOutcome::Moved { user, session } => match age(presented, &session, now) {
                Age::JustReplaced => self.issue(&user, &session, now),
                Age::Old => self.end(&session, now).await,
                Age::Current | Age::Future => Err(RefreshError::Invalid),
            },
            RotationOutcome::Disabled => Err(RefreshError::UserDisabled),
            RotationOutcome::Gone => Err(RefreshError::Invalid),
        }
    }

    async fn repeat(&self, session: Session, now: Timestamp) -> Result<Refreshed, RefreshError> {
        let user = self.0.accounts.find_user(session.user_id).await?;
        let user = user.ok_or(RefreshError::Invalid)?;
        match user.status {
            UserStatus::Active => self.issue(&user, &session, now),
            UserStatus::Disabled => Err(RefreshError::UserDisabled),
        }
    }

    async fn end(&self, session: &Session, now: Timestamp) -> Result<Refreshed, RefreshError> {
        let event = AuditEvent::new(
            AuditAction::RefreshTokenReused,
            session.user_id,
            now,
            self.0.randomness.as_ref(),
        );
        let until = self.0.access.all_expired_by(now);
        let end = EndSessions {
            user_id: session.user_id,
            ending: Ending::One(session.id),
            tokens_until: until,
            event: Some(event.of_session(session.id)),
        };
        self.0.sessions.end_sessions(end).await?;
        self.0.revocations.note(Revocation { subject: session.id.into(), until });
        tracing::warn!(
            user_id = %session.user_id,
            session_id = %session.id,
            "a refresh token was used again, so its session has been ended"
        );
        Err(RefreshError::Reused)
    }

    fn issue(
        &self,
        user: &User,
        session: &Session,
        now: Timestamp,
    ) -> Result<Refreshed, RefreshError> {
        let access = self.0.access.issue(TokenKind::Access, user, session)?;
        let refresh = IssuedRefreshToken::of(&self.0.refresh, session, now);
        Ok(Refreshed { access, refresh })
    }
}

fn age(presented: &Presented, session: &Session, now: Timestamp) -> Age {
    let (shown, current) = (presented.generation, session.generation);
    if shown == current {
        Age::Current
    } else if shown > current {
        Age::Future
    } else if shown.next() == current && now.since(session.last_used_at) <= SessionPolicy::GRACE {
        Age::JustReplaced
    } else {
        Age::Old
    }
}
