//! Binds phone numbers to users and shows them.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{AppId, OpenId, PhoneCode, PhoneNumber, Session, User, UserId};
use crate::ports::{AccountStore, Clock, CryptoFault, NewPhone, PhoneOutcome, Sealer, StoreError};
use crate::usecase::profile::phone_numbers::{NoPhoneNumber, PhoneNumbers};
use crate::usecase::profile::phone_seal::{open_phone, seal_phone};
use crate::usecase::support::single_flight::SingleFlight;
use crate::usecase::tokens::access_tokens::TokenKind;
use crate::usecase::tokens::current_user::{CurrentUser, NotSignedIn};

/// A phone code as the client sent it: perhaps a code, so it does not print.
pub struct PhoneCodeClaim(pub String);

impl fmt::Debug for PhoneCodeClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneCodeClaim(…)")
    }
}

/// The phone number was not bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Nobody is signed in, or not as well as is needed.
    #[error(transparent)]
    NotSignedIn(#[from] NotSignedIn),
    /// The person has to tap the button again: the code is used, old, somebody else's or none.
    #[error("the phone code is invalid")]
    CodeInvalid,
    /// Another user has this number.
    #[error("the phone number belongs to another user")]
    Taken,
    /// Too many calls for WeChat.
    #[error("too many calls for WeChat")]
    RateLimited {
        /// When to try again.
        retry_after: Duration,
    },
    /// WeChat refuses this service until its operator mends something.
    #[error("WeChat refuses this service")]
    WechatMisconfigured,
    /// WeChat gave no usable answer: a new code is needed, later.
    #[error("WeChat is not available")]
    WechatUnavailable {
        /// When to try again.
        retry_after: Duration,
    },
    /// The database did not answer: a new code is needed, later.
    #[error("the phone number could not be stored")]
    Store(#[from] StoreError),
    /// A defect of this service.
    #[error("binding the phone number broke off")]
    Broken,
}

impl From<NoPhoneNumber> for PhoneError {
    fn from(error: NoPhoneNumber) -> Self {
        match error {
            NoPhoneNumber::CodeInvalid => Self::CodeInvalid,
            NoPhoneNumber::RateLimited { retry_after } => Self::RateLimited { retry_after },
            NoPhoneNumber::WechatMisconfigured => Self::WechatMisconfigured,
            NoPhoneNumber::WechatUnavailable { retry_after } => {
                Self::WechatUnavailable { retry_after }
            }
        }
    }
}

/// A number was not stored.
#[derive(Debug, thiserror::Error)]
pub(in crate::usecase) enum NotStored {
    #[error("the phone number belongs to another user")]
    Taken,
    #[error("the user is gone")]
    Gone,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Crypto(#[from] CryptoFault),
}

impl From<NotStored> for PhoneError {
    fn from(error: NotStored) -> Self {
        match error {
            NotStored::Taken => Self::Taken,
            NotStored::Gone => NotSignedIn::TokenInvalid.into(),
            NotStored::Store(error) => error.into(),
            NotStored::Crypto(_) => Self::Broken,
        }
    }
}

/// A stored phone number does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored phone number does not open")]
pub struct PhoneUnreadable;

/// What [`Phones`] works with.
pub struct PhonesParts {
    /// Finds who is signed in.
    pub current_user: Arc<CurrentUser>,
    /// Asks WeChat whose number it is.
    pub numbers: Arc<PhoneNumbers>,
    /// Keeps users.
    pub accounts: Arc<dyn AccountStore>,
    /// Seals numbers.
    pub sealer: Arc<dyn Sealer>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Binds phone numbers to users.
///
/// What has begun runs to its end, whether or not the client still waits: WeChat takes a code once,
/// and charges for it. Calls of one user with the same code that overlap share one run.
pub struct Phones {
    parts: Arc<PhonesParts>,
    running: SingleFlight<(UserId, AppId, PhoneCode), Result<User, PhoneError>>,
}

impl Phones {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: PhonesParts) -> Self {
        Self { parts: Arc::new(parts), running: SingleFlight::new() }
    }

    /// Gives the number that the code stands for to the user the token speaks for, in place of the
    /// one before. Who has a number already needs to have signed in a moment ago.
    pub async fn bind(&self, token: &str, code: &PhoneCodeClaim) -> Result<User, PhoneError> {
        let session = self.who_binds(token).await?;
        self.bind_at_login(&session, code).await
    }

    /// Who the token speaks for, if they may have a number bound now.
    pub(in crate::usecase) async fn who_binds(&self, token: &str) -> Result<Session, NotSignedIn> {
        let current_user = &self.parts.current_user;
        let signed_in = current_user.find(token, &[TokenKind::Access]).await?;
        if signed_in.user.phone.is_some() {
            current_user.require_recent(&signed_in.session)?;
        }
        Ok(signed_in.session)
    }

    /// The same, for whoever has just signed in with this session.
    pub(in crate::usecase) async fn bind_at_login(
        &self,
        session: &Session,
        code: &PhoneCodeClaim,
    ) -> Result<User, PhoneError> {
        let code = PhoneCode::parse(&code.0).map_err(|_| PhoneError::CodeInvalid)?;
        let (user_id, app_id) = (session.user_id, session.app_id.clone());
        let open_id = session.open_id.clone();
        let parts = Arc::clone(&self.parts);
        let key = (user_id, app_id.clone(), code.clone());
        let work = || async move { parts.bind(user_id, &app_id, &open_id, &code).await };
        self.running.run(key, work).await.unwrap_or(Err(PhoneError::Broken))
    }

    /// Gives this number to whoever is signed in with this session.
    pub(in crate::usecase) async fn store(
        &self,
        session: &Session,
        number: &PhoneNumber,
    ) -> Result<User, NotStored> {
        self.parts.store(&session.app_id, session.user_id, number).await
    }

    /// The user's number, if there is one.
    pub fn of(&self, user: &User) -> Result<Option<PhoneNumber>, PhoneUnreadable> {
        let open = |phone| open_phone(self.parts.sealer.as_ref(), user.id, phone);
        user.phone.as_ref().map(open).transpose().map_err(|error| {
            tracing::error!(user_id = %user.id, %error, "a phone number cannot be shown");
            PhoneUnreadable
        })
    }

    /// Waits until no number is being bound any more, including those whose client has gone.
    pub async fn idle(&self) {
        self.running.idle().await;
    }
}

impl PhonesParts {
    async fn bind(
        &self,
        user_id: UserId,
        app_id: &AppId,
        open_id: &OpenId,
        code: &PhoneCode,
    ) -> Result<User, PhoneError> {
        let number = self.numbers.find(app_id, code, open_id).await?;
        Ok(self.store(app_id, user_id, &number).await?)
    }

    async fn store(
        &self,
        app_id: &AppId,
        user_id: UserId,
        number: &PhoneNumber,
    ) -> Result<User, NotStored> {
        let phone = seal_phone(self.sealer.as_ref(), user_id, number)
            .inspect_err(|error| tracing::error!(%error, "a phone number was not bound"))?;
        let new = NewPhone { user_id, phone, now: self.clock.now() };
        let outcome = self.accounts.set_phone(new).await.inspect_err(|error| {
            tracing::error!(%app_id, %user_id, %error, "a phone number could not be stored");
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
            PhoneOutcome::Gone => Err(NotStored::Gone),
        }
    }
}
