//! What WeChat's session key of a signed-in person is good for.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use crate::model::{IdentityKey, Malformed, OpenData, Session, SessionKey};
use crate::ports::{
    AccountStore, CallError, CannotOpen, Clock, Sealed, Sealer, StoreError, WechatFault,
    WechatGateway,
};
use crate::usecase::SOON;
use crate::usecase::tokens::access_tokens::TokenKind;
use crate::usecase::tokens::current_user::{CurrentUser, NotSignedIn};
use crate::usecase::wechat::access_tokens::WechatAccessTokens;
use crate::usecase::wechat::open_data::{OpenDataError, OpenDataReader, SessionKeys};
use crate::usecase::wechat::session_keys::open_session_key;

/// There is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WechatSessionError {
    /// Nobody is signed in.
    #[error(transparent)]
    NotSignedIn(#[from] NotSignedIn),
    /// The client sends it wrongly: what came is not base64.
    #[error(transparent)]
    NotBase64(Malformed),
    /// It cannot be WeChat's, whatever the key.
    #[error("this is not what WeChat encrypts or signs")]
    Invalid,
    /// No key that is known opens it: the client signs in again and asks WeChat for the data anew.
    #[error("the data is not under a session key that is known")]
    SessionKeyStale,
    /// Too many calls for WeChat.
    #[error("too many calls for WeChat")]
    RateLimited {
        /// When to try again.
        retry_after: Duration,
    },
    /// WeChat refuses this service until its operator mends something.
    #[error("WeChat refuses this service")]
    WechatMisconfigured,
    /// WeChat gave no usable answer.
    #[error("WeChat is not available")]
    WechatUnavailable {
        /// When to try again.
        retry_after: Duration,
    },
}

impl From<StoreError> for WechatSessionError {
    fn from(error: StoreError) -> Self {
        Self::NotSignedIn(error.into())
    }
}

impl From<OpenDataError> for WechatSessionError {
    fn from(error: OpenDataError) -> Self {
        match error {
            OpenDataError::NotBase64(rule) => Self::NotBase64(rule),
            OpenDataError::Invalid => Self::Invalid,
            OpenDataError::SessionKeyStale => Self::SessionKeyStale,
        }
    }
}

impl From<CallError> for WechatSessionError {
    fn from(error: CallError) -> Self {
        tracing::warn!(%error, "WeChat did not check what it was asked to");
        match error {
            CallError::TokenRejected(_) => Self::WechatUnavailable { retry_after: SOON },
            CallError::Fault(WechatFault::RateLimited { retry_after, .. }) => {
                Self::RateLimited { retry_after }
            }
            CallError::Fault(WechatFault::Misconfigured { .. }) => Self::WechatMisconfigured,
            CallError::Fault(
                WechatFault::Unavailable { retry_after, .. }
                | WechatFault::NotAsked { retry_after, .. },
            ) => Self::WechatUnavailable { retry_after },
        }
    }
}

/// What [`WechatSession`] works with.
pub struct WechatSessionParts {
    /// Finds who is signed in.
    pub current_user: Arc<CurrentUser>,
    /// Opens and checks open data.
    pub reader: OpenDataReader,
    /// Keeps session keys.
    pub accounts: Arc<dyn AccountStore>,
    /// Opens them.
    pub sealer: Arc<dyn Sealer>,
    /// Asks WeChat.
    pub wechat: Arc<dyn WechatGateway>,
    /// Holds WeChat's access tokens.
    pub tokens: Arc<WechatAccessTokens>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Reads and checks what WeChat made for a token's bearer, in the app they signed in to.
pub struct WechatSession(WechatSessionParts);

/// The session keys of an identity, open.
struct Keys {
    current: SessionKey,
    previous: Option<SessionKey>,
}

impl Keys {
    fn borrowed(&self) -> SessionKeys<'_> {
        SessionKeys { current: &self.current, previous: self.previous.as_ref() }
    }
}

impl WechatSession {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: WechatSessionParts) -> Self {
        Self(parts)
    }

    /// Opens `encryptedData`. What comes out is no proof of anything: the client brings the IV, and
    /// whoever has a ciphertext of WeChat's can bend it.
    pub async fn decrypt(
        &self,
        token: &str,
        encrypted_data: &str,
        iv: &str,
    ) -> Result<OpenData, WechatSessionError> {
        let session = self.session(token).await?;
        self.open(&session, encrypted_data, iv).await
    }

    /// The same, for whoever is known to be signed in with this session.
    pub(in crate::usecase) async fn open(
        &self,
        session: &Session,
        encrypted_data: &str,
        iv: &str,
    ) -> Result<OpenData, WechatSessionError> {
        let keys = self.keys(session).await?.ok_or(WechatSessionError::SessionKeyStale)?;
        Ok(self.0.reader.open(&session.app_id, keys.borrowed(), encrypted_data, iv)?)
    }

    /// Makes sure that WeChat signed `rawData` for the person.
    pub async fn verify(
        &self,
        token: &str,
        raw_data: &str,
        signature: &str,
    ) -> Result<(), WechatSessionError> {
        let session = self.session(token).await?;
        let keys = self.keys(&session).await?.ok_or(WechatSessionError::SessionKeyStale)?;
        Ok(self.0.reader.verify(keys.borrowed(), raw_data, signature)?)
    }

    /// Whether WeChat still holds the session key of the person's latest login for valid.
    pub async fn check_session_key(&self, token: &str) -> Result<bool, WechatSessionError> {
        let Session { app_id, open_id, .. } = &self.session(token).await?;
        let identity = IdentityKey { app_id: app_id.clone(), open_id: open_id.clone() };
        let Some(stored) = self.0.accounts.session_keys(&identity).await? else {
            return Ok(false);
        };
        let Some(key) = &self.unseal(&identity, &stored.current.sealed) else { return Ok(false) };
        let ask = |token| async move {
            self.0.wechat.check_session_key(app_id, &token, open_id, key).await
        };
        Ok(self.0.tokens.with_token(app_id, ask).await?)
    }

    async fn session(&self, token: &str) -> Result<Session, NotSignedIn> {
        Ok(self.0.current_user.find(token, &[TokenKind::Access]).await?.session)
    }

    /// The keys that may be tried; the previous one only until its time.
    async fn keys(&self, session: &Session) -> Result<Option<Keys>, WechatSessionError> {
        let identity =
            IdentityKey { app_id: session.app_id.clone(), open_id: session.open_id.clone() };
        let Some(stored) = self.0.accounts.session_keys(&identity).await? else {
            return Ok(None);
        };
        let now = self.0.clock.now();
        let previous = stored.previous.filter(|(_, until)| now < *until);
        let previous = previous.and_then(|(sealed, _)| self.unseal(&identity, &sealed));
        let current = self.unseal(&identity, &stored.current.sealed);
        Ok(current.map(|current| Keys { current, previous }))
    }

    /// A key that does not open is as good as none: the next login brings another.
    fn unseal(&self, identity: &IdentityKey, sealed: &Sealed) -> Option<SessionKey> {
        let opened = open_session_key(self.0.sealer.as_ref(), identity, sealed);
        let log = |error: &CannotOpen| tracing::error!(%error, "a session key cannot be used");
        opened.inspect_err(log).ok()
    }
}
