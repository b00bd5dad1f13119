//! Issues and verifies access tokens.

use std::sync::Arc;
use std::time::Duration;

use crate::account::TokensUntil;
use crate::model::{AccessClaims, AccessToken, Session, Timestamp, User};
use crate::ports::{Clock, CryptoFault, Randomness, TokenRejected, TokenSigner};
use crate::usecase::tokens::signing_keys::SigningKeys;

/// The API a token was issued by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// `/v1`: short-lived.
    Access,
    /// The original contract: long-lived because it cannot be refreshed, and with its own audience
    /// so that only a few endpoints accept it.
    Original,
}

/// Content and lifetime of access tokens.
#[derive(Debug, Clone)]
pub struct TokenPolicy {
    /// `iss` of every token: this service's public URL.
    pub issuer: String,
    /// `aud` of access tokens; the session's app id when not set.
    pub audience: Option<String>,
    /// Lifetime of an access token.
    pub lifetime: Duration,
    /// Lifetime of a token of the original contract.
    pub original_lifetime: Duration,
}

impl TokenPolicy {
    fn audience(&self, kind: TokenKind, app_id: &str) -> String {
        match (kind, &self.audience) {
            (TokenKind::Original, _) => format!("{}/wxLogin", self.issuer),
            (TokenKind::Access, Some(audience)) => audience.clone(),
            (TokenKind::Access, None) => app_id.to_owned(),
        }
    }

    /// Returns the lifetime of this kind of token.
    pub(crate) fn lifetime(&self, kind: TokenKind) -> Duration {
        match kind {
            TokenKind::Access => self.lifetime,
            TokenKind::Original => self.original_lifetime,
        }
    }

    /// Returns the longest lifetime of any token.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.lifetime.max(self.original_lifetime)
    }
}

/// A token and its lifetime.
#[derive(Debug, Clone)]
pub struct IssuedToken {
    /// The token.
    pub token: AccessToken,
    /// Its lifetime from now.
    pub expires_in: Duration,
}

/// The token is not wxlogin's, is for another audience, or has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token is invalid or expired")]
pub struct TokenInvalid;

/// Issues and verifies access tokens.
pub struct AccessTokens {
    policy: TokenPolicy,
    signer: Arc<dyn TokenSigner>,
    keys: Arc<SigningKeys>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl AccessTokens {
    pub(crate) fn new(
        policy: TokenPolicy,
        signer: Arc<dyn TokenSigner>,
        keys: Arc<SigningKeys>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        Self { policy, signer, keys, clock, randomness }
    }

    /// Returns when the tokens issued until `now` have expired, on the clock of any instance.
    pub(crate) fn all_expired_by(&self, now: Timestamp) -> TokensUntil {
        let until =
            |kind| now.plus(self.policy.lifetime(kind)).plus(ALMOST_A_SECOND).plus(NTP_LEEWAY);
        TokensUntil { now, access: until(TokenKind::Access), original: until(TokenKind::Original) }
    }

    /// Signs a token for the session. It expires with the session at the latest.
    pub fn issue(
        &self,
        kind: TokenKind,
        user: &User,
        session: &Session,
    ) -> Result<IssuedToken, CryptoFault> {
        let now = self.clock.now();
        let until = now.plus(self.policy.lifetime(kind));
        // Claims have whole seconds. Rounding up keeps the promised lifetime.
        let whole = Timestamp::from_seconds(until.plus(ALMOST_A_SECOND).as_seconds());
        let expires_at = whole.min(session.expires_at);
        let token = self.signer.sign(&AccessClaims {
            issuer: self.policy.issuer.clone(),
            user_id: user.id,
            audience: self.policy.audience(kind, session.app_id.as_str()),
            issued_at: now,
            not_before: now.minus(VERIFIER_LEEWAY),
            expires_at,
            auth_time: session.created_at,
            token_id: crate::model::uuid_v7(now, self.randomness.as_ref()),
            session_id: session.id,
            app_id: session.app_id.clone(),
            user_type: user.user_type,
        })?;
        Ok(IssuedToken { token, expires_in: until.min(session.expires_at).since(now) })
    }

    /// Checks signature, issuer, audience and times. The audience must be that of an accepted kind.
    /// An unknown key may be another instance's new one, so the keys are read again.
    pub async fn check(
        &self,
        token: &str,
        accept: &[TokenKind],
    ) -> Result<AccessClaims, TokenInvalid> {
        let claims = match self.signer.verify(token) {
            Err(TokenRejected::UnknownKey) if self.keys.look_again().await => {
                self.signer.verify(token)
            }
            verified => verified,
        };
        let claims = claims.map_err(|_| TokenInvalid)?;
        let now = self.clock.now();
        let is_for_us = accept
            .iter()
            .any(|kind| self.policy.audience(*kind, claims.app_id.as_str()) == claims.audience);
        let is_current = claims.not_before <= now.plus(NTP_LEEWAY) && now < claims.expires_at;
        if claims.issuer == self.policy.issuer && is_for_us && is_current {
            Ok(claims)
        } else {
            Err(TokenInvalid)
        }
    }
}

const ALMOST_A_SECOND: Duration = Duration::from_millis(999);

/// How far the clock of a service that verifies tokens may be behind.
const VERIFIER_LEEWAY: Duration = Duration::from_mins(1);

/// How far the clocks of two instances may differ.
const NTP_LEEWAY: Duration = Duration::from_secs(5);
