//! Exchanges a refresh token for new tokens.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::account::{EndSessions, Ending, IsAuthentic, Rotation, RotationOutcome};
use crate::model::{
    AuditAction, Generation, RefreshToken, Revocation, Session, Timestamp, User, UserStatus,
};
use crate::ports::{CryptoFault, StoreError};
use crate::usecase::context::Context;
use crate::usecase::tokens::access_tokens::{IssuedToken, TokenKind};
use crate::usecase::tokens::refresh_tokens::{IssuedRefreshToken, SessionPolicy};

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

/// The place in its session of a token that is not the current one.
enum Age {
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
        let presented = self.0.refresh_tokens.parse(token).ok_or(RefreshError::Invalid)?;
        let (session_id, from, now) = (presented.session_id, presented.generation, self.0.now());
        let context = self.0.clone();
        let is_authentic: IsAuthentic =
            Arc::new(move |session| context.refresh_tokens.is_authentic(&presented, session));
        let idle = self.0.policies.sessions.idle;
        let rotation = Rotation { session_id, from, is_authentic, idle, now };
        match self.0.sessions().rotate(rotation).await? {
            RotationOutcome::Rotated { user, session } => self.issue(&user, &session, now),
            RotationOutcome::Moved { user, session } => {
                match (age(from, &session, now), user.status) {
                    (Age::JustReplaced, UserStatus::Active) => self.issue(&user, &session, now),
                    (Age::JustReplaced, UserStatus::Disabled) => Err(RefreshError::UserDisabled),
                    (Age::Old, _) => self.end(&session).await,
                    (Age::Future, _) => Err(RefreshError::Invalid),
                }
            }
            RotationOutcome::Disabled => Err(RefreshError::UserDisabled),
            RotationOutcome::Gone => Err(RefreshError::Invalid),
        }
    }

    async fn end(&self, session: &Session) -> Result<Refreshed, RefreshError> {
        let event = self.0.audit_event(AuditAction::RefreshTokenReused, session.user_id);
        let tokens_until = self.0.tokens_until();
        let end = EndSessions {
            user_id: session.user_id,
            ending: Ending::One(session.id),
            tokens_until,
            event: Some(event.of_session(session.id)),
        };
        self.0.sessions().end_sessions(end).await?;
        let until = tokens_until.of(session.generation);
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

/// The age of a token that is not the current one.
fn age(shown: Generation, session: &Session, now: Timestamp) -> Age {
    let current = session.generation;
    if shown > current {
        Age::Future
    } else if shown.next() == current && now.since(session.last_used_at) <= SessionPolicy::GRACE {
        Age::JustReplaced
    } else {
        Age::Old
    }
}
