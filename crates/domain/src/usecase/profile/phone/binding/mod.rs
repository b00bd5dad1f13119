//! Binds phone numbers to users by phone code, and shows them.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::model::{AppId, OpenId, PhoneCode, PhoneNumber, Session, User, UserId};
use crate::ports::{
    CryptoFault, LimitedCall, NewPhone, PhoneNumberError, PhoneOutcome, RetryAfter, StoreError,
    WechatFault,
};
use crate::usecase::context::Context;
use crate::usecase::profile::phone::code_exchange::PhoneCodeExchange;
use crate::usecase::profile::phone::sealing::{open_phone, previous_phone_tags, seal_phone};
use crate::usecase::support::single_flight::SingleFlight;
use crate::usecase::tokens::access_tokens::TokenKind;
use crate::usecase::tokens::current_user::AuthenticationError;
use crate::usecase::wechat::access_tokens::token_rejected;

/// A phone code as the client sent it. It may be a real code, so `Debug` does not print it.
pub struct PhoneCodeClaim(pub String);

impl fmt::Debug for PhoneCodeClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneCodeClaim(…)")
    }
}

/// Why a phone number was not bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// The caller could not be authenticated.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// The code is invalid, expired, used or another user's. The user has to tap the button again.
    #[error("the phone code is invalid or expired")]
    CodeInvalid,
    /// WeChat has no phone number for the code. Another code helps only if the user chooses another
    /// number.
    #[error("WeChat has no phone number for this user")]
    NoNumber,
    /// The user has made too many of these calls.
    #[error(transparent)]
    TooMany(#[from] RetryAfter),
    /// Another user has this number.
    #[error("the phone number belongs to another user")]
    Taken,
    /// WeChat did not exchange the code. The client needs a new one, because this one may be used.
    #[error(transparent)]
    Wechat(#[from] WechatFault),
    /// The database failed. The client needs a new code, because this one is used.
    #[error("cannot store the phone number")]
    Store(#[from] StoreError),
    /// A bug in wxlogin.
    #[error("internal error")]
    Internal,
}

impl From<PhoneNumberError> for PhoneError {
    fn from(error: PhoneNumberError) -> Self {
        match error {
            PhoneNumberError::CodeInvalid(_) => Self::CodeInvalid,
            PhoneNumberError::NoNumber(_) => Self::NoNumber,
            PhoneNumberError::TokenRejected(reply) => Self::Wechat(token_rejected(reply)),
            PhoneNumberError::Fault(fault) => Self::Wechat(fault),
        }
    }
}

/// Why a phone number was not stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotStored {
    #[error("the phone number belongs to another user")]
    Taken,
    #[error("the user does not exist any more")]
    UserGone,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Crypto(#[from] CryptoFault),
}

impl From<NotStored> for PhoneError {
    fn from(error: NotStored) -> Self {
        match error {
            NotStored::Taken => Self::Taken,
            NotStored::UserGone => AuthenticationError::TokenInvalid.into(),
            NotStored::Store(error) => Self::Store(error),
            NotStored::Crypto(_) => Self::Internal,
        }
    }
}

/// A stored phone number cannot be decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot decrypt the stored phone number")]
pub struct PhoneUnreadable;

/// Binds phone numbers to users and shows them.
///
/// Binding finishes even if the client hangs up: WeChat exchanges a code only once, and charges for
/// it. Concurrent calls of one user with the same code share one run.
pub struct Phones {
    shared: Arc<Shared>,
    runs: SingleFlight<(UserId, AppId, PhoneCode), Result<User, PhoneError>>,
}

struct Shared {
    context: Arc<Context>,
    codes: PhoneCodeExchange,
}

impl Phones {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        let codes = PhoneCodeExchange::new(context.clone());
        Self { shared: Arc::new(Shared { context, codes }), runs: SingleFlight::new() }
    }

    /// Binds the code's number to the token's user. A user who already has a number must have
    /// signed in recently.
    pub async fn bind(&self, token: &str, code: &PhoneCodeClaim) -> Result<User, PhoneError> {
        let session = self.authenticate(token).await?;
        self.bind_at_login(&session, code).await
    }

    /// Returns the session of a token whose user may bind a number now.
    pub(crate) async fn authenticate(&self, token: &str) -> Result<Session, AuthenticationError> {
        let current_user = &self.shared.context.current_user;
        let signed_in = current_user.find(token, &[TokenKind::Access]).await?;
        if signed_in.user.phone.is_some() {
            current_user.require_recent(&signed_in.session)?;
        }
        Ok(signed_in.session)
    }

    /// Binds the code's number to the user of a session that has just been opened.
    pub(crate) async fn bind_at_login(
        &self,
        session: &Session,
        code: &PhoneCodeClaim,
    ) -> Result<User, PhoneError> {
        let code = PhoneCode::parse(&code.0).map_err(|_| PhoneError::CodeInvalid)?;
        self.shared.context.limit(LimitedCall::PhoneBinding, session)?;
        let (user_id, app_id) = (session.user_id, session.app_id.clone());
        let open_id = session.open_id.clone();
        let shared = Arc::clone(&self.shared);
        let key = (user_id, app_id.clone(), code.clone());
        let work = || async move { shared.bind(user_id, &app_id, &open_id, &code).await };
        self.runs.run(key, work).await.unwrap_or(Err(PhoneError::Internal))
    }

    /// Stores a number for the session's user.
    pub(crate) async fn store(
        &self,
        session: &Session,
        number: &PhoneNumber,
    ) -> Result<User, NotStored> {
        self.shared.store(&session.app_id, session.user_id, number).await
    }

    /// Returns the user's phone number, if there is one.
    pub fn of(&self, user: &User) -> Result<Option<PhoneNumber>, PhoneUnreadable> {
        let open = |phone| open_phone(self.shared.context.sealer(), user.id, phone);
        user.phone.as_ref().map(open).transpose().map_err(|error| {
            tracing::error!(user_id = %user.id, %error, "cannot decrypt a phone number");
            PhoneUnreadable
        })
    }

    /// Waits until no number is being bound, including those whose client has hung up.
    pub async fn idle(&self) {
        self.runs.idle().await;
    }
}

impl Shared {
    async fn bind(
        &self,
        user_id: UserId,
        app_id: &AppId,
        open_id: &OpenId,
        code: &PhoneCode,
    ) -> Result<User, PhoneError> {
        let number = self.codes.find(app_id, code, open_id).await?;
        Ok(self.store(app_id, user_id, &number).await?)
    }

    async fn store(
        &self,
        app_id: &AppId,
        user_id: UserId,
        number: &PhoneNumber,
    ) -> Result<User, NotStored> {
        let phone = seal_phone(self.context.sealer(), user_id, number)
            .inspect_err(|error| tracing::error!(%error, "cannot encrypt a phone number"))?;
        let previous_tags = previous_phone_tags(self.context.sealer(), number);
        let new = NewPhone { user_id, phone, previous_tags, now: self.context.now() };
        let outcome = self.context.accounts().set_phone(new).await.inspect_err(|error| {
            tracing::error!(%app_id, %user_id, %error, "cannot store a phone number");
        })?;
        match outcome {
            PhoneOutcome::Stored(user) => {
                tracing::info!(%app_id, %user_id, "a phone number was bound");
                Ok(user)
            }
            PhoneOutcome::Taken => {
                tracing::info!(%app_id, %user_id, "a phone number belongs to another user");
                Err(NotStored::Taken)
            }
            PhoneOutcome::Gone => Err(NotStored::UserGone),
        }
    }
}
