//! Issues access tokens and decides whether one holds.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{AccessClaims, AccessToken, Session, Timestamp, User};
use crate::ports::{Clock, CryptoFault, Randomness, TokenRejected, TokenSigner};
use crate::usecase::tokens::signing_keys::SigningKeys;

/// Which contract a token was issued under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// `/v1`: short-lived, for the app's audience.
    Access,
    /// The original contract: long-lived because it cannot be refreshed, with an audience of its
    /// own so that few endpoints take it.
    Original,
}

/// How tokens are made.
#[derive(Debug, Clone)]
pub struct TokenPolicy {
    /// `iss` of every token: this service's public URL.
    pub issuer: String,
    /// `aud` of access tokens; the session's app id when not set.
    pub audience: Option<String>,
    /// How long an access token holds.
    pub lifetime: Duration,
    /// How long a token of the original contract holds.
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

    /// How long a token of this kind holds.
    pub(in crate::usecase) fn lifetime(&self, kind: TokenKind) -> Duration {
        match kind {
            TokenKind::Access => self.lifetime,
            TokenKind::Original => self.original_lifetime,
        }
    }

    /// The longest that any token holds.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.lifetime.max(self.original_lifetime)
    }
}

/// A token and how long it holds.
#[derive(Debug, Clone)]
pub struct IssuedToken {
    /// The token.
    pub token: AccessToken,
    /// Its lifetime from now.
    pub expires_in: Duration,
}

/// The token does not hold: not ours, not for here, not now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token does not hold")]
pub struct TokenInvalid;

/// Issues and checks access tokens.
pub struct AccessTokens {
    policy: TokenPolicy,
    signer: Arc<dyn TokenSigner>,
    keys: Arc<SigningKeys>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl AccessTokens {
    /// Wires the service.
    #[must_use]
    pub fn new(
        policy: TokenPolicy,
        signer: Arc<dyn TokenSigner>,
        keys: Arc<SigningKeys>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        Self { policy, signer, keys, clock, randomness }
    }

    /// How tokens are made.
    #[must_use]
    pub fn policy(&self) -> &TokenPolicy {
        &self.policy
    }

    /// When the last token that could be issued by now has expired, on the clock of any instance.
    pub(in crate::usecase) fn all_expired_by(&self, now: Timestamp) -> Timestamp {
        now.plus(self.policy.longest()).plus(ALMOST_A_SECOND).plus(NTP_LEEWAY)
    }

    /// Signs a token for the session; it never outlives the session.
    pub fn issue(
        &self,
        kind: TokenKind,
        user: &User,
        session: &Session,
    ) -> Result<IssuedToken, CryptoFault> {
        let now = self.clock.now();
        let until = now.plus(self.policy.lifetime(kind));
        // Tokens count whole seconds: rounded up, one holds for as long as is said.
        let whole = Timestamp::from_seconds(until.plus(ALMOST_A_SECOND).as_seconds());
        let expires_at = whole.min(session.expires_at);
        let token = self.signer.sign(&AccessClaims {
            issuer: self.policy.issuer.clone(),
            user_id: user.id,
            audience: self.policy.audience(kind, session.app_id.as_str()),
            issued_at: now,
            not_before: now,
            expires_at,
            auth_time: session.created_at,
            token_id: crate::model::uuid_v7(now, self.randomness.as_ref()),
            session_id: session.id,
            app_id: session.app_id.clone(),
            user_type: user.user_type,
        })?;
        Ok(IssuedToken { token, expires_in: until.min(session.expires_at).since(now) })
    }

    /// Checks signature, issuer, audience and times. The audience must be the one that a token of
    /// an accepted kind has for its own app. A key that is not known here may be another instance's
    /// new one and is looked for.
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
        let meant_for_us = accept
            .iter()
            .any(|kind| self.policy.audience(*kind, claims.app_id.as_str()) == claims.audience);
        // `nbf` was cut to the whole second, so no leeway is needed for tokens of our own clock;
        // instances are expected to keep time within a second (`NTP_LEEWAY`).
        let holds_now = claims.not_before <= now.plus(NTP_LEEWAY) && now < claims.expires_at;
        if claims.issuer == self.policy.issuer && meant_for_us && holds_now {
            Ok(claims)
        } else {
            Err(TokenInvalid)
        }
    }
}

const ALMOST_A_SECOND: Duration = Duration::from_millis(999);

/// How far the clocks of two instances may be apart.
const NTP_LEEWAY: Duration = Duration::from_secs(5);
