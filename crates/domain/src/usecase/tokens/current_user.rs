//! Says who a token's bearer is, by asking the database.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Session, User, UserStatus};
use crate::ports::{AccountStore, Clock, SessionStore, StoreError};
use crate::usecase::tokens::access_tokens::{AccessTokens, TokenKind};
use crate::usecase::tokens::revocations::Revocations;

/// Nobody is signed in, or not as well as is needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSignedIn {
    /// The token does not hold, or its session or user is gone.
    #[error("the access token does not hold")]
    TokenInvalid,
    /// The user is shut out.
    #[error("the user is disabled")]
    UserDisabled,
    /// The person signed in too long ago for what is asked.
    #[error("the person has to sign in again for this")]
    ReauthenticationRequired,
    /// The database did not answer.
    #[error("the user could not be read")]
    Store(#[from] StoreError),
}

/// A token's bearer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The user.
    pub user: User,
    /// The session the token belongs to.
    pub session: Session,
}

/// How long ago a person may have signed in to do what cannot be undone.
const RECENT: Duration = Duration::from_mins(5);

/// Finds the user a token speaks for.
pub struct CurrentUser {
    tokens: Arc<AccessTokens>,
    revocations: Arc<Revocations>,
    accounts: Arc<dyn AccountStore>,
    sessions: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
}

impl CurrentUser {
    /// Wires the use case.
    #[must_use]
    pub fn new(
        tokens: Arc<AccessTokens>,
        revocations: Arc<Revocations>,
        accounts: Arc<dyn AccountStore>,
        sessions: Arc<dyn SessionStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { tokens, revocations, accounts, sessions, clock }
    }

    /// The user and session `token` speaks for. Tokens of the original contract are taken only
    /// where that is asked for.
    pub async fn find(&self, token: &str, accept: &[TokenKind]) -> Result<SignedIn, NotSignedIn> {
        let claims = self.tokens.check(token, accept).await;
        let claims = claims.map_err(|_| NotSignedIn::TokenInvalid)?;
        let user = self.accounts.find_user(claims.user_id).await?;
        let user = user.ok_or(NotSignedIn::TokenInvalid)?;
        // Before the session: disabling ended it, and the person should learn why.
        match user.status {
            UserStatus::Disabled => return Err(NotSignedIn::UserDisabled),
            UserStatus::Active => {}
        }
        if self.revocations.is_revoked(&claims) {
            return Err(NotSignedIn::TokenInvalid);
        }
        let session = self.sessions.find_session(claims.session_id).await?;
        match session {
            Some(session) if session.user_id == user.id && !session.is_over(self.clock.now()) => {
                Ok(SignedIn { user, session })
            }
            _ => Err(NotSignedIn::TokenInvalid),
        }
    }

    /// The same, for what needs the person to have signed in a moment ago.
    pub(in crate::usecase) async fn find_recent(
        &self,
        token: &str,
    ) -> Result<SignedIn, NotSignedIn> {
        let found = self.find(token, &[TokenKind::Access]).await?;
        self.require_recent(&found.session)?;
        Ok(found)
    }

    /// Refuses a session in which the person signed in too long ago for what cannot be undone.
    pub(in crate::usecase) fn require_recent(&self, session: &Session) -> Result<(), NotSignedIn> {
        if self.clock.now().since(session.created_at) < RECENT {
            Ok(())
        } else {
            Err(NotSignedIn::ReauthenticationRequired)
        }
    }
}
