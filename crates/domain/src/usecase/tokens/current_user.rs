//! Authenticates the caller of a request by an access token and the database.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Session, User, UserStatus};
use crate::ports::{AccountStore, Clock, SessionStore, StoreError};
use crate::usecase::subject::Subject;
use crate::usecase::tokens::access_tokens::{AccessTokens, TokenKind};
use crate::usecase::tokens::revocations::Revocations;

/// Why the caller was not authenticated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticationError {
    /// The token is invalid or expired, or its session or user is gone.
    #[error("the access token is invalid or expired")]
    TokenInvalid,
    /// The user is banned.
    #[error("the user is banned")]
    UserDisabled,
    /// The user signed in too long ago for this request.
    #[error("the user has to sign in again")]
    ReauthenticationRequired,
    /// The database failed.
    #[error("cannot read the user")]
    Store(#[from] StoreError),
}

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The user.
    pub user: User,
    /// The token's session.
    pub session: Session,
}

/// How recent the sign-in must be for requests that cannot be undone.
const RECENT: Duration = Duration::from_mins(5);

/// Finds the user of an access token.
pub struct CurrentUser {
    tokens: Arc<AccessTokens>,
    revocations: Arc<Revocations>,
    accounts: Arc<dyn AccountStore>,
    sessions: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
}

impl CurrentUser {
    pub(crate) fn new(
        tokens: Arc<AccessTokens>,
        revocations: Arc<Revocations>,
        accounts: Arc<dyn AccountStore>,
        sessions: Arc<dyn SessionStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { tokens, revocations, accounts, sessions, clock }
    }

    /// Returns the token's user and session. `accept` lists the kinds of token that are allowed.
    pub async fn find(
        &self,
        token: &str,
        accept: &[TokenKind],
    ) -> Result<SignedIn, AuthenticationError> {
        let claims = self.tokens.check(token, accept).await;
        let claims = claims.map_err(|_| AuthenticationError::TokenInvalid)?;
        let app_id = Some(claims.app_id.clone());
        Subject { app_id, ..Subject::user(claims.user_id) }.note();
        let user = self.accounts.find_user(claims.user_id).await?;
        let user = user.ok_or(AuthenticationError::TokenInvalid)?;
        // Before the session, which a ban ends: the client should learn why.
        match user.status {
            UserStatus::Disabled => return Err(AuthenticationError::UserDisabled),
            UserStatus::Active => {}
        }
        if self.revocations.is_revoked(&claims) {
            return Err(AuthenticationError::TokenInvalid);
        }
        let session = self.sessions.find_session(claims.session_id).await?;
        match session {
            Some(session) if session.user_id == user.id && !session.is_over(self.clock.now()) => {
                Ok(SignedIn { user, session })
            }
            _ => Err(AuthenticationError::TokenInvalid),
        }
    }

    /// The same, for requests that need a recent sign-in.
    pub(crate) async fn find_recent(&self, token: &str) -> Result<SignedIn, AuthenticationError> {
        let found = self.find(token, &[TokenKind::Access]).await?;
        self.require_recent(&found.session)?;
        Ok(found)
    }

    /// Fails if the session is too old for requests that cannot be undone.
    pub(crate) fn require_recent(&self, session: &Session) -> Result<(), AuthenticationError> {
        if self.clock.now().since(session.created_at) < RECENT {
            Ok(())
        } else {
            Err(AuthenticationError::ReauthenticationRequired)
        }
    }
}
