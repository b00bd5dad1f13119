//! Exchanges a refresh token for new tokens.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::account::{EndSessions, Ending, IsAuthentic, Rotation, RotationOutcome};
use crate::model::{
    AuditAction, ClientAddress, Generation, RefreshToken, Revocation, Session, Timestamp, User,
    UserStatus,
};
use crate::ports::{Caller, CryptoFault, LimitedCall, RetryAfter, StoreError};
use crate::usecase::context::Context;
use crate::usecase::subject::Subject;
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
    /// The session was refreshed too often, or its address has sent too many invalid tokens.
    #[error(transparent)]
    TooMany(#[from] RetryAfter),
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
/// its successor, so the session ends. A token that wxlogin did not issue ends nothing, and is
/// refused without reading the database.
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
    pub async fn refresh(
        &self,
        token: &RefreshToken,
        client: ClientAddress,
    ) -> Result<Refreshed, RefreshError> {
        let presented = self.0.refresh_tokens.parse(token).ok_or(RefreshError::Invalid)?;
        if presented.is_ours {
            self.0.ports.calls.take(LimitedCall::Refresh, Caller::Session(presented.session_id))?;
            return self.rotate(presented).await;
        }
        let failures = &self.0.ports.credential_failures;
        failures.take(client)?;
        let result = self.rotate(presented).await;
        if !matches!(result, Err(RefreshError::Invalid)) {
            failures.give_back(client);
        }
        result
    }

    async fn rotate(&self, presented: Presented) -> Result<Refreshed, RefreshError> {
        let (session_id, from, now) = (presented.session_id, presented.generation, self.0.now());
        let context = self.0.clone();
        let is_authentic: IsAuthentic =
            Arc::new(move |session| context.refresh_tokens.is_authentic(&presented, session));
        let idle = self.0.policies.sessions.idle;
        let rotation = Rotation { session_id, from, is_authentic, idle, now };
        match self.0.sessions().rotate(rotation).await? {
            RotationOutcome::Rotated { user, session } => self.issue(&user, &session, now),
            RotationOutcome::Moved { user, session } => {
                Subject { app_id: Some(session.app_id.clone()), ..Subject::user(user.id) }.note();
                match (age(from, &session, now), user.status) {
                    (Age::JustReplaced, UserStatus::Active) => self.issue(&user, &session, now),
                    (Age::JustReplaced, UserStatus::Disabled) => Err(RefreshError::UserDisabled),
                    (Age::Old, _) => self.end(&session).await,
                    (Age::Future, _) => Err(RefreshError::Invalid),
                }
            }
            RotationOutcome::Disabled => {
                if let Some(session) = self.0.sessions().find_session(session_id).await? {
                    let app_id = Some(session.app_id);
                    Subject { app_id, ..Subject::user(session.user_id) }.note();
                }
                Err(RefreshError::UserDisabled)
            }
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
            event: Some(event.in_app(Some(session.app_id.clone())).of_session(session.id)),
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
