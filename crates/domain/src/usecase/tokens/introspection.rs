//! Tells back ends whether a token holds, without reading the database for it.

use std::sync::Arc;
use std::time::Instant;

use crate::model::{AccessClaims, ApiClient, IdentityKey, OpenId, RefreshToken, Scope, UnionId};
use crate::ports::{AccountStore, SessionStore, StoreError};
use crate::usecase::tokens::access_tokens::{AccessTokens, TokenKind};
use crate::usecase::tokens::revocations::{Revocations, Stale};
use crate::usecase::tokens::sessions::Sessions;

/// It cannot be said whether the token holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntrospectionError {
    /// The token does not hold.
    #[error("the access token does not hold")]
    TokenInvalid,
    /// What was revoked lately is not known.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The database did not answer.
    #[error("the person could not be looked up")]
    Store(#[from] StoreError),
}

/// A token that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveToken {
    /// What it says.
    pub claims: AccessClaims,
    /// As whom WeChat knows the person, for clients that may know.
    pub person: Option<Person>,
}

/// As whom WeChat knows somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Within the token's app.
    pub open_id: OpenId,
    /// Across apps.
    pub union_id: Option<UnionId>,
}

/// Checks tokens for others.
pub struct Introspection {
    access: Arc<AccessTokens>,
    revocations: Arc<Revocations>,
    sessions: Arc<dyn SessionStore>,
    accounts: Arc<dyn AccountStore>,
    ending: Arc<Sessions>,
}

/// Both kinds of token may be asked about.
const EITHER: [TokenKind; 2] = [TokenKind::Access, TokenKind::Original];

impl Introspection {
    /// Wires the use case.
    #[must_use]
    pub fn new(
        access: Arc<AccessTokens>,
        revocations: Arc<Revocations>,
        sessions: Arc<dyn SessionStore>,
        accounts: Arc<dyn AccountStore>,
        ending: Arc<Sessions>,
    ) -> Self {
        Self { access, revocations, sessions, accounts, ending }
    }

    /// What a token says, if it holds. Reads nothing but memory.
    pub async fn verify(&self, token: &str) -> Result<AccessClaims, IntrospectionError> {
        let claims = self.access.check(token, &EITHER).await;
        let claims = claims.map_err(|_| IntrospectionError::TokenInvalid)?;
        if self.revocations.is_revoked(&claims) {
            return Err(IntrospectionError::TokenInvalid);
        }
        self.revocations.is_fresh(Instant::now())?;
        Ok(claims)
    }

    /// What a token says, if it holds and the client may know (RFC 7662).
    pub async fn introspect(
        &self,
        client: &ApiClient,
        token: &str,
    ) -> Result<Option<ActiveToken>, IntrospectionError> {
        let claims = match self.verify(token).await {
            Ok(claims) if client.may_for(&claims.app_id) => claims,
            Ok(_) | Err(IntrospectionError::TokenInvalid) => return Ok(None),
            Err(error @ (IntrospectionError::Stale(_) | IntrospectionError::Store(_))) => {
                return Err(error);
            }
        };
        if !client.may(Scope::OpenId) {
            return Ok(Some(ActiveToken { claims, person: None }));
        }
        let Some(session) = self.sessions.find_session(claims.session_id).await? else {
            return Ok(None);
        };
        let key = IdentityKey { app_id: session.app_id, open_id: session.open_id };
        let identities = self.accounts.identities(claims.user_id).await?;
        let union_id = identities.into_iter().find(|identity| identity.key == key);
        let union_id = union_id.and_then(|identity| identity.union_id);
        let person = Some(Person { open_id: key.open_id, union_id });
        Ok(Some(ActiveToken { claims, person }))
    }

    /// Ends the session of an access or refresh token that the client may know (RFC 7009). A token
    /// that does not hold is no error: it does not hold afterwards either.
    pub async fn revoke(&self, client: &ApiClient, token: &str) -> Result<(), StoreError> {
        let session = match self.access.check(token, &EITHER).await {
            Ok(claims) => self.sessions.find_session(claims.session_id).await?,
            Err(_) => self.ending.session_of(&RefreshToken::new(token.to_owned())).await?,
        };
        match session {
            Some(session) if client.may_for(&session.app_id) => {
                self.ending.end_session(&session).await
            }
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::model::{AppId, ClientId, ClientSecretHash, Timestamp};
    use crate::testing::contract::app_id;
    use crate::usecase::test_house::House;

    fn client(scopes: &[Scope], apps: &[AppId]) -> ApiClient {
        ApiClient {
            id: ClientId::parse("billing").unwrap(),
            secret: ClientSecretHash::of("secret"),
            scopes: scopes.iter().copied().collect(),
            apps: apps.iter().cloned().collect::<BTreeSet<_>>(),
            created_at: Timestamp::from_seconds(0),
        }
    }

    #[tokio::test]
    async fn a_token_is_active_until_it_expires_or_its_session_ends() {
        let house = House::new().await;
        let plain = client(&[Scope::Introspect], &[]);
        let (user, session, access, _) = house.sign_in("oAlice").await;
        let active = house.introspection.introspect(&plain, &access).await.unwrap().unwrap();
        assert_eq!((active.claims.user_id, active.claims.session_id), (user.id, session.id));
        assert_eq!(active.person, None, "that is for clients that may know");
        let original = house.token(TokenKind::Original, &user, &session);
        assert!(house.introspection.introspect(&plain, &original).await.unwrap().is_some());
        house.clock.advance(Duration::from_mins(15));
        assert_eq!(house.introspection.introspect(&plain, &access).await, Ok(None));
        assert_eq!(house.introspection.introspect(&plain, "nonsense").await, Ok(None));
        house.introspection.revoke(&plain, &original).await.unwrap();
        assert_eq!(house.introspection.introspect(&plain, &original).await, Ok(None));
    }

    #[tokio::test]
    async fn who_somebody_is_for_wechat_is_told_to_those_who_may_know() {
        let house = House::new().await;
        let knowing = client(&[Scope::Introspect, Scope::OpenId], &[]);
        let (.., access, _) = house.sign_in("oAlice").await;
        let active = house.introspection.introspect(&knowing, &access).await.unwrap().unwrap();
        let person = active.person.unwrap();
        assert_eq!((person.open_id.as_str(), person.union_id), ("oAlice", None));
    }

    #[tokio::test]
    async fn a_client_of_other_apps_learns_and_ends_nothing() {
        let house = House::new().await;
        let stranger = client(&[Scope::Introspect], &[app_id(2)]);
        let (.., access, refresh) = house.sign_in("oAlice").await;
        assert_eq!(house.introspection.introspect(&stranger, &access).await, Ok(None));
        house.introspection.revoke(&stranger, &access).await.unwrap();
        house.introspection.revoke(&stranger, refresh.expose()).await.unwrap();
        assert!(house.introspection.verify(&access).await.is_ok());
        let own = client(&[Scope::Introspect], &[app_id(1), app_id(2)]);
        assert!(house.introspection.introspect(&own, &access).await.unwrap().is_some());
        house.introspection.revoke(&own, refresh.expose()).await.unwrap();
        assert_eq!(house.introspection.introspect(&own, &access).await, Ok(None));
        house.introspection.revoke(&own, "nonsense").await.unwrap();
    }
}
