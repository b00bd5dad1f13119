//! The caller's own sessions: listing them and signing out.

use std::sync::Arc;

use crate::model::{ClientAddress, RefreshToken, Revocation, Session, SessionId};
use crate::ports::{EndSessions, Ending, RetryAfter, StoreError};
use crate::usecase::context::Context;
use crate::usecase::tokens::access_tokens::TokenKind;
use crate::usecase::tokens::current_user::{AuthenticationError, SignedIn};
use crate::usecase::tokens::refresh_tokens::Presented;

/// Why the caller's sessions were not listed or ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionsError {
    /// The caller could not be authenticated.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// The user has no such session.
    #[error("the user has no such session")]
    NotFound,
    /// The database failed.
    #[error("cannot read or end sessions")]
    Store(#[from] StoreError),
}

/// Why a session was not ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogOutError {
    /// The refresh token is not one of wxlogin's, or its session has ended.
    #[error("the refresh token is invalid")]
    RefreshTokenInvalid,
    /// The access token is invalid or expired.
    #[error("the access token is invalid or expired")]
    AccessTokenInvalid,
    /// The address has sent too many invalid refresh tokens.
    #[error(transparent)]
    TooMany(#[from] RetryAfter),
    /// The database failed.
    #[error("cannot end the session")]
    Store(#[from] StoreError),
}

/// Lists and ends sessions.
pub struct Sessions(Arc<Context>);

impl Sessions {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self(context)
    }

    /// Returns the id of the caller's session, and the user's active sessions, the one that was
    /// used last first.
    pub async fn list(&self, token: &str) -> Result<(SessionId, Vec<Session>), SessionsError> {
        let signed_in = self.0.current_user.find(token, &[TokenKind::Access]).await?;
        let now = self.0.now();
        let mut sessions = self.0.sessions().list_sessions(signed_in.user.id).await?;
        sessions.retain(|session| !session.is_over(now));
        Ok((signed_in.session.id, sessions))
    }

    /// Ends one of the user's sessions.
    pub async fn end_one(&self, token: &str, id: SessionId) -> Result<(), SessionsError> {
        let signed_in = self.0.current_user.find(token, &[TokenKind::Access]).await?;
        match self.end(&signed_in, Ending::One(id)).await? {
            0 => Err(SessionsError::NotFound),
            _ => Ok(()),
        }
    }

    /// Ends all of the user's sessions except the caller's, and returns their number. The user must
    /// have signed in recently, so that a stolen token cannot sign its owner out everywhere.
    pub async fn end_others(&self, token: &str) -> Result<u64, SessionsError> {
        let signed_in = self.0.current_user.find_recent(token).await?;
        Ok(self.end(&signed_in, Ending::AllBut(signed_in.session.id)).await?)
    }

    async fn end(&self, signed_in: &SignedIn, ending: Ending) -> Result<u64, StoreError> {
        let (user_id, tokens_until) = (signed_in.user.id, self.0.tokens_until());
        let end = EndSessions { user_id, ending, tokens_until, event: None };
        let ended = self.0.sessions().end_sessions(end).await?;
        if ended > 0 {
            self.0.revocations.catch_up_now().await;
        }
        Ok(ended)
    }

    /// Ends an access token's session. Succeeds if the session has already ended.
    pub async fn log_out(&self, token: &str) -> Result<(), LogOutError> {
        let accept = [TokenKind::Access, TokenKind::Original];
        let claims = self.0.access_tokens.check(token, &accept).await;
        let claims = claims.map_err(|_| LogOutError::AccessTokenInvalid)?;
        match self.0.sessions().find_session(claims.session_id).await? {
            Some(session) => Ok(self.end_session(&session).await?),
            None => Ok(()),
        }
    }

    /// Ends a refresh token's session. A token that was already replaced does as well.
    pub async fn log_out_by_refresh(
        &self,
        token: &RefreshToken,
        client: ClientAddress,
    ) -> Result<(), LogOutError> {
        let presented = self.0.refresh_tokens.parse(token);
        let presented = presented.ok_or(LogOutError::RefreshTokenInvalid)?;
        let failures = &self.0.ports.credential_failures;
        if !presented.is_ours {
            failures.take(client)?;
        }
        let session = self.session(&presented).await;
        if !presented.is_ours && !matches!(session, Ok(None)) {
            failures.give_back(client);
        }
        self.end_session(&session?.ok_or(LogOutError::RefreshTokenInvalid)?).await?;
        Ok(())
    }

    /// Finds the session a refresh token was issued for.
    pub(crate) async fn session_of(
        &self,
        token: &RefreshToken,
    ) -> Result<Option<Session>, StoreError> {
        match self.0.refresh_tokens.parse(token) {
            Some(presented) => self.session(&presented).await,
            None => Ok(None),
        }
    }

    async fn session(&self, presented: &Presented) -> Result<Option<Session>, StoreError> {
        let session = self.0.sessions().find_session(presented.session_id).await?;
        Ok(session.filter(|session| self.0.refresh_tokens.is_authentic(presented, session)))
    }

    pub(crate) async fn end_session(&self, session: &Session) -> Result<(), StoreError> {
        let tokens_until = self.0.tokens_until();
        let end = EndSessions {
            user_id: session.user_id,
            ending: Ending::One(session.id),
            tokens_until,
            event: None,
        };
        self.0.sessions().end_sessions(end).await?;
        let until = tokens_until.of(session.generation);
        self.0.revocations.note(Revocation { subject: session.id.into(), until });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::usecase::harness::{Harness, address};

    #[tokio::test]
    async fn users_see_their_own_sessions() {
        let harness = Harness::new().await;
        let (_, first, access, _) = harness.sign_in("oAlice").await;
        harness.clock.advance(Duration::from_secs(1));
        let (_, second, ..) = harness.sign_in("oAlice").await;
        harness.sign_in("oBob").await;
        let (current, listed) = harness.sessions.list(&access).await.unwrap();
        assert_eq!(current, first.id);
        assert_eq!(listed.iter().map(|one| one.id).collect::<Vec<_>>(), [second.id, first.id]);
    }

    #[tokio::test]
    async fn one_session_is_ended_at_once_and_no_other() {
        let harness = Harness::new().await;
        let (.., alice, _) = harness.sign_in("oAlice").await;
        let (_, other, other_access, other_refresh) = harness.sign_in("oAlice").await;
        let (_, bob, bob_access, _) = harness.sign_in("oBob").await;
        harness.sessions.end_one(&alice, other.id).await.unwrap();
        assert!(harness.introspection.verify(&other_access).await.is_err());
        assert!(harness.refresh.refresh(&other_refresh, address()).await.is_err());
        assert!(harness.introspection.verify(&alice).await.is_ok());
        for id in [other.id, bob.id] {
            let ended = harness.sessions.end_one(&alice, id).await;
            assert_eq!(ended, Err(SessionsError::NotFound));
        }
        assert!(harness.introspection.verify(&bob_access).await.is_ok());
    }

    #[tokio::test]
    async fn signing_out_others_needs_a_recent_sign_in() {
        let harness = Harness::new().await;
        let (.., other, _) = harness.sign_in("oAlice").await;
        harness.clock.advance(Duration::from_secs(1));
        let (.., alice, _) = harness.sign_in("oAlice").await;
        harness.clock.advance(Duration::from_mins(5) - Duration::from_millis(1));
        assert_eq!(harness.sessions.end_others(&alice).await, Ok(1));
        assert!(harness.introspection.verify(&other).await.is_err());
        assert!(harness.introspection.verify(&alice).await.is_ok());
        harness.clock.advance(Duration::from_millis(1));
        let late = harness.sessions.end_others(&alice).await;
        assert_eq!(late, Err(AuthenticationError::ReauthenticationRequired.into()));
    }

    #[tokio::test]
    async fn a_token_of_the_original_contract_ends_only_itself() {
        let harness = Harness::new().await;
        let (user, session, ..) = harness.sign_in("oAlice").await;
        let original = harness.token(TokenKind::Original, &user, &session);
        assert_eq!(
            harness.sessions.list(&original).await,
            Err(AuthenticationError::TokenInvalid.into())
        );
        assert_eq!(
            harness.sessions.end_others(&original).await,
            Err(AuthenticationError::TokenInvalid.into())
        );
        assert_eq!(harness.sessions.log_out(&original).await, Ok(()));
        assert!(harness.introspection.verify(&original).await.is_err());
    }

    #[tokio::test]
    async fn signing_out_accepts_either_token_and_can_be_repeated() {
        let harness = Harness::new().await;
        let (.., access, refresh) = harness.sign_in("oAlice").await;
        assert_eq!(harness.sessions.log_out(&access).await, Ok(()));
        assert_eq!(harness.sessions.log_out(&access).await, Ok(()));
        let gone = harness.sessions.log_out_by_refresh(&refresh, address()).await;
        assert_eq!(gone, Err(LogOutError::RefreshTokenInvalid));

        let (.., access, refresh) = harness.sign_in("oBob").await;
        harness.refresh.refresh(&refresh, address()).await.unwrap();
        assert_eq!(
            harness.sessions.log_out_by_refresh(&refresh, address()).await,
            Ok(()),
            "an old one will do"
        );
        assert!(harness.introspection.verify(&access).await.is_err());
        let forged = RefreshToken::new("A".repeat(76));
        let refused = harness.sessions.log_out_by_refresh(&forged, address()).await;
        assert_eq!(refused, Err(LogOutError::RefreshTokenInvalid));
        let refused = harness.sessions.log_out("nonsense").await;
        assert_eq!(refused, Err(LogOutError::AccessTokenInvalid));
    }
}
