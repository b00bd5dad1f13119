//! Ends the session key of a user in WeChat's eyes, for an operator.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::model::{ApiClient, AppId, IdentityKey, UserId};
use crate::ports::{
    AccountStore, Clock, CryptoFault, ResetSessionKeyError, Sealer, StoreError, WechatFault,
    WechatGateway,
};
use crate::usecase::SOON;
use crate::usecase::support::single_flight::SingleFlight;
use crate::usecase::wechat::access_tokens::WechatAccessTokens;
use crate::usecase::wechat::session_keys::{open_session_key, seal_session_key};

/// The session key was not reset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResetError {
    /// There is no such user in the app, or the client has nothing to do with it.
    #[error("there is no such user in this app")]
    NotFound,
    /// There is no session key, or not the one WeChat has: the next login brings another.
    #[error("there is no valid session key")]
    SessionKeyStale,
    /// Through no fault of the call.
    #[error(transparent)]
    Fault(#[from] WechatFault),
    /// The database did not answer. Once WeChat has answered, the key that is stored is dead.
    #[error("the session key could not be read or replaced")]
    Store(#[from] StoreError),
    /// A defect of this service.
    #[error("resetting the session key broke off")]
    Broken,
}

impl From<CryptoFault> for ResetError {
    fn from(fault: CryptoFault) -> Self {
        tracing::error!(%fault, "a session key that WeChat has reset was not stored");
        Self::Broken
    }
}

impl From<ResetSessionKeyError> for ResetError {
    fn from(error: ResetSessionKeyError) -> Self {
        match error {
            ResetSessionKeyError::KeyInvalid(_) => Self::SessionKeyStale,
            ResetSessionKeyError::TokenRejected(reply) => Self::Fault(WechatFault::Unavailable {
                reply,
                what: "it does not take the access tokens it names",
                retry_after: SOON,
            }),
            ResetSessionKeyError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// What [`SessionKeyReset`] works with.
pub struct SessionKeyResetParts {
    /// Keeps session keys.
    pub accounts: Arc<dyn AccountStore>,
    /// Opens and seals them.
    pub sealer: Arc<dyn Sealer>,
    /// Asks WeChat.
    pub wechat: Arc<dyn WechatGateway>,
    /// Holds WeChat's access tokens.
    pub tokens: Arc<WechatAccessTokens>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Has WeChat put a new session key in the place of one that may be in the wrong hands. Whoever has
/// the old one can neither open nor sign anything of WeChat's from then on.
///
/// Runs to its end even if the caller hangs up, or the key that WeChat has made would be lost.
pub struct SessionKeyReset {
    parts: Arc<SessionKeyResetParts>,
    running: SingleFlight<IdentityKey, Result<(), ResetError>>,
}

impl SessionKeyReset {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: SessionKeyResetParts) -> Self {
        Self { parts: Arc::new(parts), running: SingleFlight::new() }
    }

    /// Resets the keys of the user's identities in the app.
    pub async fn reset(
        &self,
        client: &ApiClient,
        user_id: UserId,
        app_id: &AppId,
    ) -> Result<(), ResetError> {
        let user = self.parts.accounts.find_user(user_id).await?.ok_or(ResetError::NotFound)?;
        let identities = self.parts.accounts.identities(user.id).await?;
        let keys = identities.into_iter().map(|identity| identity.key);
        let keys = keys.filter(|key| key.app_id == *app_id && client.may_for(app_id));
        let mut result = Err(ResetError::NotFound);
        for identity in keys {
            let reset = self.reset_one(identity).await;
            // Of several, none that could be reset is left because of another.
            if matches!(result, Err(ResetError::NotFound) | Ok(())) {
                result = reset;
            }
        }
        result
    }

    async fn reset_one(&self, identity: IdentityKey) -> Result<(), ResetError> {
        let (parts, key) = (self.parts.clone(), identity.clone());
        let work = || async move { parts.reset(&key).await };
        self.running.run(identity, work).await.unwrap_or(Err(ResetError::Broken))
    }

    /// Waits until no key is being reset any more, including those whose caller has gone.
    pub async fn idle(&self) {
        self.running.idle().await;
    }
}

impl SessionKeyResetParts {
    async fn reset(&self, identity: &IdentityKey) -> Result<(), ResetError> {
        let IdentityKey { app_id, open_id } = identity;
        // Before WeChat is asked: a login that comes after this has a newer key.
        let now = self.clock.now();
        let stored = self.accounts.session_keys(identity).await?;
        let stored = stored.ok_or(ResetError::SessionKeyStale)?.current;
        let sealer = self.sealer.as_ref();
        let key = open_session_key(sealer, identity, &stored.sealed).map_err(|error| {
            tracing::error!(%error, "a session key cannot be used");
            ResetError::SessionKeyStale
        })?;
        let key = &key;
        let ask = |token| async move {
            self.wechat.reset_session_key(app_id, &token, open_id, key).await
        };
        let new = self.tokens.with_token(app_id, ask).await.inspect_err(
            |error: &ResetSessionKeyError| {
                tracing::warn!(%app_id, %error, "a session key was not reset");
            },
        )?;
        let new = seal_session_key(sealer, identity, &new)?;
        // If it is not there any more, the person has signed in meanwhile and has a newer one.
        self.accounts.replace_session_key(identity, stored.tag, new, now).await?;
        tracing::info!(%app_id, "a session key was reset");
        Ok(())
    }
}
