//! Binds phone numbers that come as WeChat gave them before there were codes for them.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{AppId, EncryptedDataHash, Session, User};
use crate::ports::{StoreError, WechatCrypto, WechatGateway};
use crate::usecase::profile::phones::{NotStored, Phones};
use crate::usecase::tokens::current_user::NotSignedIn;
use crate::usecase::wechat::access_tokens::WechatAccessTokens;
use crate::usecase::wechat::session::{WechatSession, WechatSessionError};

/// The phone number was not bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncryptedPhoneError {
    /// The operator does not want them for this app.
    #[error("encrypted phone numbers are not taken for this app")]
    Off,
    /// It cannot be opened, or cannot be checked, or is not WeChat's.
    #[error(transparent)]
    Session(#[from] WechatSessionError),
    /// Another user has this number.
    #[error("the phone number belongs to another user")]
    Taken,
    /// A defect of this service.
    #[error("binding the phone number broke off")]
    Broken,
}

impl From<NotSignedIn> for EncryptedPhoneError {
    fn from(error: NotSignedIn) -> Self {
        Self::Session(error.into())
    }
}

impl From<StoreError> for EncryptedPhoneError {
    fn from(error: StoreError) -> Self {
        Self::Session(error.into())
    }
}

impl From<NotStored> for EncryptedPhoneError {
    fn from(error: NotStored) -> Self {
        match error {
            NotStored::Taken => Self::Taken,
            NotStored::Gone => NotSignedIn::TokenInvalid.into(),
            NotStored::Store(error) => error.into(),
            NotStored::Crypto(_) => Self::Broken,
        }
    }
}

/// What [`EncryptedPhones`] works with.
pub struct EncryptedPhonesParts {
    /// The apps for which they are taken.
    pub apps: BTreeSet<AppId>,
    /// Opens them.
    pub wechat_session: Arc<WechatSession>,
    /// Binds them.
    pub phones: Arc<Phones>,
    /// Reads them.
    pub crypto: Arc<dyn WechatCrypto>,
    /// Asks WeChat whether they are its own.
    pub wechat: Arc<dyn WechatGateway>,
    /// Holds WeChat's access tokens.
    pub tokens: Arc<WechatAccessTokens>,
}

/// Binds encrypted phone numbers, for apps whose pages have no codes yet.
///
/// That a ciphertext opens proves nothing; that WeChat knows it does, for all but its first block,
/// which the client writes with the IV. The number is read from behind that block.
pub struct EncryptedPhones(EncryptedPhonesParts);

impl EncryptedPhones {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: EncryptedPhonesParts) -> Self {
        Self(parts)
    }

    /// Gives the number to the user the token speaks for, in place of the one before. Who has a
    /// number already needs to have signed in a moment ago.
    pub async fn bind(
        &self,
        token: &str,
        encrypted_data: &str,
        iv: &str,
    ) -> Result<User, EncryptedPhoneError> {
        let session = self.0.phones.who_binds(token).await?;
        if !self.0.apps.contains(&session.app_id) {
            return Err(EncryptedPhoneError::Off);
        }
        let opened = self.0.wechat_session.open(&session, encrypted_data, iv).await?;
        self.require_wechats(&session, encrypted_data).await?;
        let number = self.0.crypto.phone_number(&opened).ok_or(WechatSessionError::Invalid)?;
        Ok(self.0.phones.store(&session, &number).await?)
    }

    async fn require_wechats(
        &self,
        session: &Session,
        encrypted_data: &str,
    ) -> Result<(), WechatSessionError> {
        let app_id = &session.app_id;
        let hash = &EncryptedDataHash::of(encrypted_data);
        let ask =
            |token| async move { self.0.wechat.check_encrypted_data(app_id, &token, hash).await };
        if self.0.tokens.with_token(app_id, ask).await? {
            Ok(())
        } else {
            tracing::warn!(%app_id, user_id = %session.user_id, "an encrypted phone number is not WeChat's");
            Err(WechatSessionError::Invalid)
        }
    }
}
