//! Says who a token's bearer is.

use std::sync::Arc;

use super::access_tokens::{AccessTokens, TokenKind};
use crate::model::{User, UserStatus};
use crate::ports::{AccountStore, Clock, SessionStore, StoreError};

/// There is no user to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurrentUserError {
    /// The token does not hold, or its session or user is gone.
    #[error("the access token does not hold")]
    TokenInvalid,
    /// The user is shut out.
    #[error("the user is disabled")]
    UserDisabled,
    /// The database did not answer.
    #[error("the user could not be read")]
    Store(#[from] StoreError),
}

/// Finds the user a token speaks for.
pub struct CurrentUser {
    tokens: Arc<AccessTokens>,
    accounts: Arc<dyn AccountStore>,
    sessions: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
}

impl CurrentUser {
    /// Wires the use case.
    #[must_use]
    pub fn new(
        tokens: Arc<AccessTokens>,
        accounts: Arc<dyn AccountStore>,
        sessions: Arc<dyn SessionStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { tokens, accounts, sessions, clock }
    }

    /// The user `token` speaks for. Tokens of the original contract are taken too.
    pub async fn show(&self, token: &str) -> Result<User, CurrentUserError> {
        let claims = self
            .tokens
            .check(token, &[TokenKind::Access, TokenKind::Original])
            .map_err(|_| CurrentUserError::TokenInvalid)?;
        let user = self.accounts.find_user(claims.user_id).await?;
        let user = user.ok_or(CurrentUserError::TokenInvalid)?;
        // Before the session: disabling ended it, and the person should learn why.
        match user.status {
            UserStatus::Disabled => return Err(CurrentUserError::UserDisabled),
            UserStatus::Active => {}
        }
        let session = self.sessions.find_session(claims.session_id).await?;
        match session {
            Some(session)
                if session.user_id == user.id && self.clock.now() < session.expires_at =>
            {
                Ok(user)
            }
            _ => Err(CurrentUserError::TokenInvalid),
        }
    }
}
