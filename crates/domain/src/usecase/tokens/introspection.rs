//! Verifies tokens for back ends without reading the database.

use std::sync::Arc;
use std::time::Instant;

use crate::model::{
    AccessClaims, ApiClient, IdentityKey, OpenId, RefreshToken, Scope, UnionId, UserStatus,
};
use crate::ports::StoreError;
use crate::usecase::context::Context;
use crate::usecase::tokens::access_tokens::TokenKind;
use crate::usecase::tokens::revocations::Stale;
use crate::usecase::tokens::sessions::Sessions;

/// Why a token was not verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntrospectionError {
    /// The token is invalid, expired or revoked.
    #[error("the access token is invalid or expired")]
    TokenInvalid,
    /// The token is for another app than the caller guards.
    #[error("the access token is for another app")]
    AnotherApp,
    /// The revocation list is out of date.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The database failed.
    #[error("cannot look up the token's session or user")]
    Store(#[from] StoreError),
}

/// A valid token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveToken {
    /// Its claims.
    pub claims: AccessClaims,
    /// The user's WeChat ids, for clients with the scope `openid`.
    pub person: Option<Person>,
}

/// A user's WeChat ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// In the token's app.
    pub open_id: OpenId,
    /// Across apps.
    pub union_id: Option<UnionId>,
}

/// Verifies and revokes tokens for back ends.
pub struct Introspection {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
}

/// Both kinds of token are accepted.
const EITHER: [TokenKind; 2] = [TokenKind::Access, TokenKind::Original];

impl Introspection {
    pub(crate) fn new(context: Arc<Context>, sessions: Arc<Sessions>) -> Self {
        Self { context, sessions }
    }

    /// Returns a valid token's claims. Reads nothing but memory, except while the revocations are read for
    /// the first time.
    pub async fn verify(&self, token: &str) -> Result<AccessClaims, IntrospectionError> {
        let claims = self.context.access_tokens.check(token, &EITHER).await;
        let claims = claims.map_err(|_| IntrospectionError::TokenInvalid)?;
        let revocations = &self.context.revocations;
        let is_revoked = if revocations.is_complete() {
            let is_revoked = revocations.is_revoked(&claims);
            if !is_revoked {
                revocations.is_fresh(Instant::now())?;
            }
            is_revoked
        } else {
            !self.is_signed_in(&claims).await?
        };
        if is_revoked { Err(IntrospectionError::TokenInvalid) } else { Ok(claims) }
    }

    /// Whether the database has the session of these claims, and a user who is not banned.
    async fn is_signed_in(&self, claims: &AccessClaims) -> Result<bool, StoreError> {
        let session = self.context.ports.stores.sessions.find_session(claims.session_id).await?;
        let now = self.context.now();
        let Some(session) = session.filter(|session| !session.is_over(now)) else {
            return Ok(false);
        };
        let user = self.context.accounts().find_user(session.user_id).await?;
        Ok(user.is_some_and(|user| user.status == UserStatus::Active))
    }

    /// Returns a valid token's claims if it is for this app. Reads nothing but memory.
    pub async fn verify_for(
        &self,
        token: &str,
        app_id: &str,
    ) -> Result<AccessClaims, IntrospectionError> {
        let claims = self.verify(token).await?;
        if claims.app_id.as_str() == app_id {
            Ok(claims)
        } else {
            Err(IntrospectionError::AnotherApp)
        }
    }

    /// Returns a valid token's claims if the client has access to its app (RFC 7662).
    pub async fn introspect(
        &self,
        client: &ApiClient,
        token: &str,
    ) -> Result<Option<ActiveToken>, IntrospectionError> {
        let claims = match self.verify(token).await {
            Ok(claims) if client.may_for(&claims.app_id) => claims,
            Ok(_) | Err(IntrospectionError::TokenInvalid | IntrospectionError::AnotherApp) => {
                return Ok(None);
            }
            Err(error @ (IntrospectionError::Stale(_) | IntrospectionError::Store(_))) => {
                return Err(error);
            }
        };
        if !client.may(Scope::OpenId) {
            return Ok(Some(ActiveToken { claims, person: None }));
        }
        let session = self.context.sessions().find_session(claims.session_id).await?;
        let Some(session) = session else {
            return Ok(None);
        };
        let key = IdentityKey { app_id: session.app_id, open_id: session.open_id };
        let identities = self.context.accounts().identities(claims.user_id).await?;
        let union_id = identities.into_iter().find(|identity| identity.key == key);
        let union_id = union_id.and_then(|identity| identity.union_id);
        let person = Some(Person { open_id: key.open_id, union_id });
        Ok(Some(ActiveToken { claims, person }))
    }

    /// Ends the session of an access or refresh token of one of the client's apps (RFC 7009). An
    /// invalid token is not an error.
    pub async fn revoke(&self, client: &ApiClient, token: &str) -> Result<(), StoreError> {
        let session = match self.context.access_tokens.check(token, &EITHER).await {
            Ok(claims) => self.context.sessions().find_session(claims.session_id).await?,
            Err(_) => self.sessions.session_of(&RefreshToken::new(token.to_owned())).await?,
        };
        match session {
            Some(session) if client.may_for(&session.app_id) => {
                self.sessions.end_session(&session).await
            }
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::AppId;
    use crate::testing::contract::app_id;
    use crate::usecase::harness::{Harness, operator};

    fn client(scopes: &[Scope], apps: &[AppId]) -> ApiClient {
        ApiClient { scopes: scopes.iter().copied().collect(), ..operator(apps) }
    }

    #[tokio::test]
    async fn a_token_is_active_until_it_expires_or_its_session_ends() {
        let harness = Harness::new().await;
        let plain = client(&[Scope::Introspect], &[]);
        let (user, session, access, _) = harness.sign_in("oAlice").await;
        let active = harness.introspection.introspect(&plain, &access).await.unwrap().unwrap();
        assert_eq!((active.claims.user_id, active.claims.session_id), (user.id, session.id));
        assert_eq!(active.person, None, "that is for clients that may know");
        let original = harness.token(TokenKind::Original, &user, &session);
        assert!(harness.introspection.introspect(&plain, &original).await.unwrap().is_some());
        harness.clock.advance(Duration::from_mins(15));
        assert_eq!(harness.introspection.introspect(&plain, &access).await, Ok(None));
        assert_eq!(harness.introspection.introspect(&plain, "nonsense").await, Ok(None));
        harness.introspection.revoke(&plain, &original).await.unwrap();
        assert_eq!(harness.introspection.introspect(&plain, &original).await, Ok(None));
    }

    #[tokio::test]
    async fn until_all_revocations_are_read_the_database_tells_whether_a_token_is_valid() {
        let harness = Harness::new().await;
        let plain = client(&[Scope::Introspect], &[]);
        let (.., ended, _) = harness.sign_in("oAlice").await;
        let (.., kept, _) = harness.sign_in("oBob").await;
        let starting = harness.starting().await;
        starting.readiness.probe().await.unwrap();
        assert_eq!(starting.readiness.check(Instant::now()), Ok(()));
        assert!(starting.introspection.verify(&ended).await.is_ok());
        starting.introspection.revoke(&plain, &ended).await.unwrap();
        for is_complete in [false, true] {
            assert_eq!(starting.revocations.is_complete(), is_complete);
            let verified = starting.introspection.verify(&ended).await;
            assert_eq!(verified, Err(IntrospectionError::TokenInvalid));
            assert!(starting.introspection.verify(&kept).await.is_ok());
            starting.revocations.catch_up().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_token_can_be_verified_for_one_app() {
        let harness = Harness::new().await;
        let (.., access, _) = harness.sign_in("oAlice").await;
        let verify = async |token: &str, app: &str| {
            harness.introspection.verify_for(token, app).await.map(|claims| claims.app_id)
        };
        assert_eq!(verify(&access, app_id(1).as_str()).await, Ok(app_id(1)));
        for other in [app_id(2).as_str(), "", "nonsense"] {
            assert_eq!(verify(&access, other).await, Err(IntrospectionError::AnotherApp));
        }
        let invalid = verify("nonsense", app_id(2).as_str()).await;
        assert_eq!(invalid, Err(IntrospectionError::TokenInvalid));
    }

    #[tokio::test]
    async fn wechat_ids_are_for_clients_with_the_scope() {
        let harness = Harness::new().await;
        let knowing = client(&[Scope::Introspect, Scope::OpenId], &[]);
        let (.., access, _) = harness.sign_in("oAlice").await;
        let active = harness.introspection.introspect(&knowing, &access).await.unwrap().unwrap();
        let person = active.person.unwrap();
        assert_eq!((person.open_id.as_str(), person.union_id), ("oAlice", None));
    }

    #[tokio::test]
    async fn a_client_of_other_apps_learns_and_ends_nothing() {
        let harness = Harness::new().await;
        let stranger = client(&[Scope::Introspect], &[app_id(2)]);
        let (.., access, refresh) = harness.sign_in("oAlice").await;
        assert_eq!(harness.introspection.introspect(&stranger, &access).await, Ok(None));
        harness.introspection.revoke(&stranger, &access).await.unwrap();
        harness.introspection.revoke(&stranger, refresh.expose()).await.unwrap();
        assert!(harness.introspection.verify(&access).await.is_ok());
        let own = client(&[Scope::Introspect], &[app_id(1), app_id(2)]);
        assert!(harness.introspection.introspect(&own, &access).await.unwrap().is_some());
        harness.introspection.revoke(&own, refresh.expose()).await.unwrap();
        assert_eq!(harness.introspection.introspect(&own, &access).await, Ok(None));
        harness.introspection.revoke(&own, "nonsense").await.unwrap();
    }
}
