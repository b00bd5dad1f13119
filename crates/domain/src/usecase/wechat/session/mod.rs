//! Uses a user's WeChat session key: decrypts and verifies open data, and checks the key.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::model::{IdentityKey, OpenData, Session, SessionKey};
use crate::ports::{CallError, LimitedCall, RetryAfter, Sealed, StoreError, WechatFault};
use crate::usecase::context::Context;
use crate::usecase::tokens::access_tokens::TokenKind;
use crate::usecase::tokens::current_user::AuthenticationError;
use crate::usecase::wechat::access_tokens::token_rejected;
use crate::usecase::wechat::open_data::{OpenDataError, OpenDataReader, SessionKeys};
use crate::usecase::wechat::session_key_sealing::open_session_key;

/// Why open data or the session key was not checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WechatSessionError {
    /// The caller could not be authenticated.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// The open data is not WeChat's, or is encrypted or signed with another session key.
    #[error(transparent)]
    OpenData(#[from] OpenDataError),
    /// The user has made too many of these calls.
    #[error(transparent)]
    TooMany(#[from] RetryAfter),
    /// WeChat did not check the session key.
    #[error(transparent)]
    Wechat(#[from] WechatFault),
    /// The database failed.
    #[error("cannot read the session key")]
    Store(#[from] StoreError),
}

impl From<CallError> for WechatSessionError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::TokenRejected(reply) => Self::Wechat(token_rejected(reply)),
            CallError::Fault(fault) => Self::Wechat(fault),
        }
    }
}

/// Decrypts and verifies open data of a token's user, in the app of the token's session.
pub struct WechatSession {
    context: Arc<Context>,
    reader: OpenDataReader,
}

/// An identity's decrypted session keys.
pub(crate) struct Keys {
    current: SessionKey,
    previous: Option<SessionKey>,
}

impl Keys {
    fn borrowed(&self) -> SessionKeys<'_> {
        SessionKeys { current: &self.current, previous: self.previous.as_ref() }
    }
}

impl WechatSession {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        let (crypto, clock) = (context.ports.crypto.clone(), context.ports.clock.clone());
        let reader = OpenDataReader::new(crypto, clock, OpenDataReader::MAX_AGE);
        Self { context, reader }
    }

    /// Decrypts `encryptedData`. The result proves nothing: the client chooses the IV, and can
    /// change a ciphertext of WeChat's with it.
    pub async fn decrypt(
        &self,
        token: &str,
        encrypted_data: &str,
        iv: &str,
    ) -> Result<OpenData, WechatSessionError> {
        let session = self.session(token, LimitedCall::OpenData).await?;
        let keys = self.keys(&session).await?;
        Ok(self.open(&session, keys, encrypted_data, iv)?)
    }

    /// Decrypts `encryptedData` with the session's keys.
    pub(crate) fn open(
        &self,
        session: &Session,
        keys: Option<Keys>,
        encrypted_data: &str,
        iv: &str,
    ) -> Result<OpenData, OpenDataError> {
        let keys = keys.ok_or(OpenDataError::SessionKeyStale)?;
        self.reader.open(&session.app_id, keys.borrowed(), encrypted_data, iv)
    }

    /// Checks that WeChat signed `rawData` for the user.
    pub async fn verify(
        &self,
        token: &str,
        raw_data: &str,
        signature: &str,
    ) -> Result<(), WechatSessionError> {
        let session = self.session(token, LimitedCall::OpenData).await?;
        let keys = self.keys(&session).await?.ok_or(OpenDataError::SessionKeyStale)?;
        Ok(self.reader.verify(keys.borrowed(), raw_data, signature)?)
    }

    /// Asks WeChat whether the session key of the user's last login is still valid.
    pub async fn check_session_key(&self, token: &str) -> Result<bool, WechatSessionError> {
        let Session { app_id, open_id, .. } =
            &self.session(token, LimitedCall::SessionKeyCheck).await?;
        let identity = IdentityKey { app_id: app_id.clone(), open_id: open_id.clone() };
        let Some(stored) = self.context.session_keys().find_session_keys(&identity).await? else {
            return Ok(false);
        };
        let Some(key) = &self.unseal(&identity, &stored.current.sealed) else { return Ok(false) };
        let ask = |token| async move {
            self.context.wechat().check_session_key(app_id, &token, open_id, key).await
        };
        Ok(self.context.wechat_access_tokens.with_token(app_id, ask).await?)
    }

    /// Returns the token's session, if its user may make this call now.
    async fn session(&self, token: &str, call: LimitedCall) -> Result<Session, WechatSessionError> {
        let found = self.context.current_user.find(token, &[TokenKind::Access]).await?;
        self.context.limit(call, &found.session)?;
        Ok(found.session)
    }

    /// Returns the session's usable keys, the previous one until it expires.
    pub(crate) async fn keys(&self, session: &Session) -> Result<Option<Keys>, StoreError> {
        let identity =
            IdentityKey { app_id: session.app_id.clone(), open_id: session.open_id.clone() };
        let Some(stored) = self.context.session_keys().find_session_keys(&identity).await? else {
            return Ok(None);
        };
        let now = self.context.now();
        let previous = stored.previous.filter(|(_, until)| now < *until);
        let previous = previous.and_then(|(sealed, _)| self.unseal(&identity, &sealed));
        let current = self.unseal(&identity, &stored.current.sealed);
        Ok(current.map(|current| Keys { current, previous }))
    }

    /// Decrypts a session key. If that fails, there is none until the next login brings another.
    fn unseal(&self, identity: &IdentityKey, sealed: &Sealed) -> Option<SessionKey> {
        open_session_key(self.context.sealer(), identity, sealed)
            .inspect_err(|error| tracing::error!(%error, "cannot decrypt a session key"))
            .ok()
    }
}
