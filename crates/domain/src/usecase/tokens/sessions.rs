//! A person's own signed-in devices: what there are, and signing out.

use std::sync::Arc;

use crate::model::{RefreshToken, Revocation, Session, SessionId};
use crate::ports::{Clock, EndSessions, Ending, SessionStore, StoreError};
use crate::usecase::tokens::access_tokens::{AccessTokens, TokenKind};
use crate::usecase::tokens::current_user::{CurrentUser, NotSignedIn, SignedIn};
use crate::usecase::tokens::refresh_tokens::RefreshTokens;
use crate::usecase::tokens::revocations::Revocations;

/// A session could not be ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndSessionError {
    /// Nobody is signed in.
    #[error(transparent)]
    NotSignedIn(#[from] NotSignedIn),
    /// The user has no such session.
    #[error("the user has no such session")]
    NotFound,
}

impl From<StoreError> for EndSessionError {
    fn from(error: StoreError) -> Self {
        Self::NotSignedIn(error.into())
    }
}

/// Nobody was signed out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogOutError {
    /// The token was not made here, or its session is over.
    #[error("the refresh token is invalid")]
    RefreshTokenInvalid,
    /// The access token does not hold.
    #[error("the access token does not hold")]
    AccessTokenInvalid,
    /// The database did not answer.
    #[error("the session could not be ended")]
    Store(#[from] StoreError),
}

/// What [`Sessions`] works with.
pub struct SessionsParts {
    /// Finds who is signed in.
    pub current_user: Arc<CurrentUser>,
    /// Reads access tokens.
    pub access: Arc<AccessTokens>,
    /// Reads refresh tokens.
    pub refresh: Arc<RefreshTokens>,
    /// Keeps sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Learns of sessions that end.
    pub revocations: Arc<Revocations>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Lists and ends sessions.
pub struct Sessions(SessionsParts);

impl Sessions {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: SessionsParts) -> Self {
        Self(parts)
    }

    /// The sessions of the token's user that are not over, the latest used first, and which of them
    /// the token belongs to.
    pub async fn list(&self, token: &str) -> Result<(SessionId, Vec<Session>), NotSignedIn> {
        let signed_in = self.0.current_user.find(token, &[TokenKind::Access]).await?;
        let now = self.0.clock.now();
        let mut sessions = self.0.sessions.list_sessions(signed_in.user.id).await?;
        sessions.retain(|session| !session.is_over(now));
        Ok((signed_in.session.id, sessions))
    }

    /// Ends one session of the token's user.
    pub async fn end_one(&self, token: &str, id: SessionId) -> Result<(), EndSessionError> {
        let signed_in = self.0.current_user.find(token, &[TokenKind::Access]).await?;
        match self.end(&signed_in, Ending::One(id)).await? {
            0 => Err(EndSessionError::NotFound),
            _ => Ok(()),
        }
    }

    /// Ends every session of the token's user but the token's own; how many. The person has to have
    /// signed in a moment ago: a stolen token must not sign its owner out everywhere.
    pub async fn end_others(&self, token: &str) -> Result<u64, NotSignedIn> {
        let signed_in = self.0.current_user.find_recent(token).await?;
        Ok(self.end(&signed_in, Ending::AllBut(signed_in.session.id)).await?)
    }

    async fn end(&self, signed_in: &SignedIn, ending: Ending) -> Result<u64, StoreError> {
        let tokens_until = self.0.access.all_expired_by(self.0.clock.now());
        let user_id = signed_in.user.id;
        let end = EndSessions { user_id, ending, tokens_until, event: None };
        let ended = self.0.sessions.end_sessions(end).await?;
        if ended > 0 {
            self.0.revocations.see_at_once().await;
        }
        Ok(ended)
    }

    /// Ends the session an access token belongs to. A session that has ended already is no error.
    pub async fn log_out(&self, token: &str) -> Result<(), LogOutError> {
        let accept = [TokenKind::Access, TokenKind::Original];
        let claims = self.0.access.check(token, &accept).await;
        let claims = claims.map_err(|_| LogOutError::AccessTokenInvalid)?;
        let session = self.0.sessions.find_session(claims.session_id).await?;
        match session {
            Some(session) => Ok(self.end_session(&session).await?),
            None => Ok(()),
        }
    }

    /// Ends the session a refresh token belongs to, whichever of the session's tokens it is.
    pub async fn log_out_by_refresh(&self, token: &RefreshToken) -> Result<(), LogOutError> {
        let session = self.session_of(token).await?;
        self.end_session(&session.ok_or(LogOutError::RefreshTokenInvalid)?).await?;
        Ok(())
    }

    /// The session a refresh token was made for.
    pub(in crate::usecase) async fn session_of(
        &self,
        token: &RefreshToken,
    ) -> Result<Option<Session>, StoreError> {
        let Some(presented) = self.0.refresh.read(token) else { return Ok(None) };
        let session = self.0.sessions.find_session(presented.session_id).await?;
        Ok(session.filter(|session| self.0.refresh.is_authentic(&presented, session)))
    }

    pub(in crate::usecase) async fn end_session(
        &self,
        session: &Session,
    ) -> Result<(), StoreError> {
        let until = self.0.access.all_expired_by(self.0.clock.now());
        let end = EndSessions {
            user_id: session.user_id,
            ending: Ending::One(session.id),
            tokens_until: until,
            event: None,
        };
        self.0.sessions.end_sessions(end).await?;
        self.0.revocations.note(Revocation { subject: session.id.into(), until });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::usecase::test_house::House;

    #[tokio::test]
    async fn people_see_their_own_devices() {
        let house = House::new().await;
        let (_, first, access, _) = house.sign_in("oAlice").await;
        house.clock.advance(Duration::from_secs(1));
        let (_, second, ..) = house.sign_in("oAlice").await;
        house.sign_in("oBob").await;
        let (current, listed) = house.sessions.list(&access).await.unwrap();
        assert_eq!(current, first.id);
        assert_eq!(listed.iter().map(|one| one.id).collect::<Vec<_>>(), [second.id, first.id]);
    }

    #[tokio::test]
    async fn one_device_is_signed_out_at_once_and_nobody_elses() {
        let house = House::new().await;
        let (.., alice, _) = house.sign_in("oAlice").await;
        let (_, other, other_access, other_refresh) = house.sign_in("oAlice").await;
        let (_, bob, bob_access, _) = house.sign_in("oBob").await;
        house.sessions.end_one(&alice, other.id).await.unwrap();
        assert!(house.introspection.verify(&other_access).await.is_err());
        assert!(house.refresh.refresh(&other_refresh).await.is_err());
        assert!(house.introspection.verify(&alice).await.is_ok());
        for id in [other.id, bob.id] {
            let ended = house.sessions.end_one(&alice, id).await;
            assert_eq!(ended, Err(EndSessionError::NotFound));
        }
        assert!(house.introspection.verify(&bob_access).await.is_ok());
    }

    #[tokio::test]
    async fn all_others_are_signed_out_by_somebody_who_signed_in_a_moment_ago() {
        let house = House::new().await;
        let (.., other, _) = house.sign_in("oAlice").await;
        house.clock.advance(Duration::from_secs(1));
        let (.., alice, _) = house.sign_in("oAlice").await;
        house.clock.advance(Duration::from_mins(5) - Duration::from_millis(1));
        assert_eq!(house.sessions.end_others(&alice).await, Ok(1));
        assert!(house.introspection.verify(&other).await.is_err());
        assert!(house.introspection.verify(&alice).await.is_ok());
        house.clock.advance(Duration::from_millis(1));
        let late = house.sessions.end_others(&alice).await;
        assert_eq!(late, Err(NotSignedIn::ReauthenticationRequired));
    }

    #[tokio::test]
    async fn a_token_of_the_original_contract_ends_only_itself() {
        let house = House::new().await;
        let (user, session, ..) = house.sign_in("oAlice").await;
        let original = house.token(TokenKind::Original, &user, &session);
        assert_eq!(house.sessions.list(&original).await, Err(NotSignedIn::TokenInvalid));
        assert_eq!(house.sessions.end_others(&original).await, Err(NotSignedIn::TokenInvalid));
        assert_eq!(house.sessions.log_out(&original).await, Ok(()));
        assert!(house.introspection.verify(&original).await.is_err());
    }

    #[tokio::test]
    async fn signing_out_takes_either_token_and_can_be_repeated() {
        let house = House::new().await;
        let (.., access, refresh) = house.sign_in("oAlice").await;
        assert_eq!(house.sessions.log_out(&access).await, Ok(()));
        assert_eq!(house.sessions.log_out(&access).await, Ok(()));
        let gone = house.sessions.log_out_by_refresh(&refresh).await;
        assert_eq!(gone, Err(LogOutError::RefreshTokenInvalid));

        let (.., access, refresh) = house.sign_in("oBob").await;
        house.refresh.refresh(&refresh).await.unwrap();
        assert_eq!(house.sessions.log_out_by_refresh(&refresh).await, Ok(()), "an old one will do");
        assert!(house.introspection.verify(&access).await.is_err());
        let forged = RefreshToken::new("A".repeat(76));
        let refused = house.sessions.log_out_by_refresh(&forged).await;
        assert_eq!(refused, Err(LogOutError::RefreshTokenInvalid));
        let refused = house.sessions.log_out("nonsense").await;
        assert_eq!(refused, Err(LogOutError::AccessTokenInvalid));
    }
}
