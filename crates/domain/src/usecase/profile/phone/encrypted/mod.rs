//! Binds phone numbers that pages send encrypted, as WeChat gave them before there were phone
//! codes.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::model::{EncryptedDataHash, Session, User};
use crate::ports::{CallError, LimitedCall, RetryAfter, StoreError, WechatFault};
use crate::usecase::context::Context;
use crate::usecase::profile::phone::binding::{NotStored, Phones};
use crate::usecase::tokens::current_user::AuthenticationError;
use crate::usecase::wechat::access_tokens::token_rejected;
use crate::usecase::wechat::open_data::OpenDataError;
use crate::usecase::wechat::session::WechatSession;

/// Why a phone number was not bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncryptedPhoneError {
    /// The operator has not enabled them for this app.
    #[error("encrypted phone numbers are disabled for this app")]
    Disabled,
    /// The caller could not be authenticated.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// The data cannot be decrypted, is not WeChat's, or has no phone number.
    #[error(transparent)]
    OpenData(#[from] OpenDataError),
    /// The user has made too many of these calls.
    #[error(transparent)]
    TooMany(#[from] RetryAfter),
    /// Another user has this number.
    #[error("the phone number belongs to another user")]
    Taken,
    /// WeChat did not check the data.
    #[error(transparent)]
    Wechat(#[from] WechatFault),
    /// The database failed.
    #[error("cannot read the session key or store the phone number")]
    Store(#[from] StoreError),
    /// A bug in wxlogin.
    #[error("internal error")]
    Internal,
}

impl From<CallError> for EncryptedPhoneError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::TokenRejected(reply) => Self::Wechat(token_rejected(reply)),
            CallError::Fault(fault) => Self::Wechat(fault),
        }
    }
}

impl From<NotStored> for EncryptedPhoneError {
    fn from(error: NotStored) -> Self {
        match error {
            NotStored::Taken => Self::Taken,
            NotStored::UserGone => AuthenticationError::TokenInvalid.into(),
            NotStored::Store(error) => Self::Store(error),
            NotStored::Crypto(_) => Self::Internal,
        }
    }
}

/// Binds encrypted phone numbers, for apps whose pages cannot get phone codes.
///
/// Decrypting proves nothing, because the client chooses the IV and with it the first block. WeChat
/// confirms the rest of the ciphertext, and the number is read from there.
pub struct EncryptedPhones {
    context: Arc<Context>,
    wechat_session: Arc<WechatSession>,
    phones: Arc<Phones>,
}

impl EncryptedPhones {
    pub(crate) fn new(
        context: Arc<Context>,
        wechat_session: Arc<WechatSession>,
        phones: Arc<Phones>,
    ) -> Self {
        Self { context, wechat_session, phones }
    }

    /// Binds the number to the token's user. A user who already has a number must have signed in
    /// recently.
    pub async fn bind(
        &self,
        token: &str,
        encrypted_data: &str,
        iv: &str,
    ) -> Result<User, EncryptedPhoneError> {
        let session = self.phones.authenticate(token).await?;
        let mut apps = self.context.policies.apps.iter();
        if !apps.any(|app| app.id == session.app_id && app.encrypted_phone) {
            return Err(EncryptedPhoneError::Disabled);
        }
        self.context.limit(LimitedCall::PhoneBinding, &session)?;
        let keys = self.wechat_session.keys(&session).await?;
        let opened = self.wechat_session.open(&session, keys, encrypted_data, iv)?;
        self.require_genuine(&session, encrypted_data).await?;
        let number = self.context.ports.crypto.phone_number(&opened);
        let number = number.ok_or(OpenDataError::Invalid)?;
        Ok(self.phones.store(&session, &number).await?)
    }

    /// Fails unless WeChat says that it made the encrypted data.
    async fn require_genuine(
        &self,
        session: &Session,
        encrypted_data: &str,
    ) -> Result<(), EncryptedPhoneError> {
        let (app_id, user_id) = (&session.app_id, session.user_id);
        let hash = &EncryptedDataHash::of(encrypted_data);
        let ask = |token| async move {
            self.context.wechat().check_encrypted_data(app_id, &token, hash).await
        };
        if self.context.wechat_access_tokens.with_token(app_id, ask).await? {
            Ok(())
        } else {
            tracing::warn!(%app_id, %user_id, "an encrypted phone number is not from WeChat");
            Err(OpenDataError::Invalid.into())
        }
    }
}
