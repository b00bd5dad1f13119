//! Exchanges a refresh token for new tokens.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::model::{AuditAction, RefreshToken, Revocation, Session, Timestamp, User, UserStatus};
use crate::ports::{CryptoFault, EndSessions, Ending, Rotation, RotationOutcome, StoreError};
use crate::usecase::context::Context;
use crate::usecase::tokens::access_tokens::{IssuedToken, TokenKind};
use crate::usecase::tokens::refresh_tokens::{IssuedRefreshToken, Presented, SessionPolicy};

/// Why a refresh failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The token is not one of wxlogin's, or its session has ended.
    #[error("the refresh token is invalid")]
    Invalid,
    /// The token had already been replaced. Its session has been ended.
    #[error("the refresh token has already been used")]
    Reused,
    /// The user is banned.
    #[error("the user is banned")]
    UserDisabled,
    /// The database failed.
    #[error("cannot refresh the session")]
    Store(#[from] StoreError),
    /// A bug in wxlogin.
    #[error("internal error")]
    Internal,
}

impl From<CryptoFault> for RefreshError {
    fn from(fault: CryptoFault) -> Self {
        tracing::error!(%fault, "cannot sign an access token");
        Self::Internal
    }
}

/// New tokens.
#[derive(Debug, Clone)]
pub struct Refreshed {
    /// The access token.
    pub access: IssuedToken,
    /// The next refresh token.
    pub refresh: IssuedRefreshToken,
}

/// Rotates refresh tokens (RFC 9700, 4.14.2).
///
/// The current token is replaced by a new one. The token before it returns the same new one again,
/// for a short time and until the new one is used. Any older token means that somebody stole it or
/// its successor, so the session ends. A token that wxlogin did not issue ends nothing.
pub struct Refresh(Arc<Context>);

/// A token's place in its session.
enum Age {
    Current,
    /// Replaced recently by a token that has not been used yet.
    JustReplaced,
    Old,
    /// This database has never issued it.
    Future,
}

impl Refresh {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self(context)
    }

    /// Exchanges a refresh token for new tokens.
    pub async fn refresh(&self, token: &RefreshToken) -> Result<Refreshed, RefreshError> {
        let tokens = &self.0.refresh_tokens;
        let presented = tokens.parse(token).ok_or(RefreshError::Invalid)?;
        let session = self.0.sessions().find_session(presented.session_id).await?;
        let session = session.filter(|session| tokens.is_authentic(&presented, session));
        let session = session.ok_or(RefreshError::Invalid)?;
        let now = self.0.now();
        if session.is_over(now) {
            return Err(RefreshError::Invalid);
        }
        match age(&presented, &session, now) {
            Age::Current => self.rotate(&presented, &session, now).await,
            Age::JustReplaced => self.repeat(session, now).await,
            Age::Old => self.end(&session).await,
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
            expires_at: now.plus(self.0.policies.sessions.idle).min(session.ends_at),
            now,
        };
        match self.0.sessions().rotate(rotation).await? {
            RotationOutcome::Rotated { user, session } => self.issue(&user, &session, now),
            RotationOutcome::Moved { user, session } => match age(presented, &session, now) {
                Age::JustReplaced => self.issue(&user, &session, now),
                Age::Old => self.end(&session).await,
                Age::Current | Age::Future => Err(RefreshError::Invalid),
            },
            RotationOutcome::Disabled => Err(RefreshError::UserDisabled),
            RotationOutcome::Gone => Err(RefreshError::Invalid),
        }
    }

    async fn repeat(&self, session: Session, now: Timestamp) -> Result<Refreshed, RefreshError> {
        let user = self.0.accounts().find_user(session.user_id).await?;
        let user = user.ok_or(RefreshError::Invalid)?;
        match user.status {
            UserStatus::Active => self.issue(&user, &session, now),
            UserStatus::Disabled => Err(RefreshError::UserDisabled),
        }
    }

    async fn end(&self, session: &Session) -> Result<Refreshed, RefreshError> {
        let event = self.0.audit_event(AuditAction::RefreshTokenReused, session.user_id);
        let until = self.0.tokens_until();
        let end = EndSessions {
            user_id: session.user_id,
            ending: Ending::One(session.id),
            tokens_until: until,
            event: Some(event.of_session(session.id)),
        };
        self.0.sessions().end_sessions(end).await?;
        self.0.revocations.note(Revocation { subject: session.id.into(), until });
        tracing::warn!(
            user_id = %session.user_id,
            session_id = %session.id,
            "a refresh token was reused; its session has been ended"
        );
        Err(RefreshError::Reused)
    }

    fn issue(
        &self,
        user: &User,
        session: &Session,
        now: Timestamp,
    ) -> Result<Refreshed, RefreshError> {
        let access = self.0.access_tokens.issue(TokenKind::Access, user, session)?;
        let refresh = self.0.refresh_tokens.issue(session, now);
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
