//! Takes people's pictures and shows them.

mod seats;
mod sweep;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use self::seats::{Seat, Seats};
pub use self::sweep::{AvatarSweep, AvatarSweepError, AvatarSweepParts};
use crate::model::{AvatarBaseUrl, AvatarName, AvatarUrl, Picture, Profile, User, UserId};
use crate::ports::{
    AccountStore, AvatarStore, AvatarStoreError, Clock, PictureConverter, PictureError, Randomness,
    StoreError,
};
use crate::usecase::tokens::access_tokens::TokenKind;
use crate::usecase::tokens::current_user::{CurrentUser, NotSignedIn};

/// The picture was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AvatarError {
    /// Nobody is signed in.
    #[error(transparent)]
    NotSignedIn(#[from] NotSignedIn),
    /// No pictures are kept here.
    #[error("no pictures are kept here")]
    Disabled,
    /// Others are uploading, or the same user is.
    #[error("others are uploading")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// It is no PNG, JPEG or WebP, or not a whole one.
    #[error("this is no picture")]
    NotAPicture,
    /// It has more pixels than are taken.
    #[error("the picture has too many pixels")]
    TooManyPixels,
    /// Pictures cannot be kept or read, or a defect of this service.
    #[error("the picture could not be kept")]
    Broken,
}

impl From<StoreError> for AvatarError {
    fn from(error: StoreError) -> Self {
        Self::NotSignedIn(error.into())
    }
}

impl From<PictureError> for AvatarError {
    fn from(error: PictureError) -> Self {
        match error {
            PictureError::NotAPicture => Self::NotAPicture,
            PictureError::TooManyPixels => Self::TooManyPixels,
            PictureError::Busy { retry_after } => Self::Busy { retry_after },
            PictureError::Broken => Self::Broken,
        }
    }
}

impl From<AvatarStoreError> for AvatarError {
    fn from(error: AvatarStoreError) -> Self {
        tracing::error!(%error, "avatars cannot be kept or shown");
        Self::Broken
    }
}

/// What [`Avatars`] works with.
pub struct AvatarsParts {
    /// Where pictures are kept; without it none is taken.
    pub store: Option<Arc<dyn AvatarStore>>,
    /// Makes pictures of what is sent.
    pub maker: Arc<dyn PictureConverter>,
    /// Below which address they are shown.
    pub base: AvatarBaseUrl,
    /// Longest upload, in bytes.
    pub longest_upload: usize,
    /// Finds who is signed in.
    pub current_user: Arc<CurrentUser>,
    /// Keeps users.
    pub accounts: Arc<dyn AccountStore>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes names.
    pub randomness: Arc<dyn Randomness>,
}

/// Takes people's pictures and shows them.
///
/// A picture that is replaced stays where it is until [`AvatarSweep`] finds that no user has it.
pub struct Avatars {
    parts: AvatarsParts,
    seats: Seats,
}

/// Somebody who may upload a picture now.
pub struct Uploader {
    user_id: UserId,
    store: Arc<dyn AvatarStore>,
    _seat: Seat,
}

/// How soon to come back when others are uploading.
const BUSY_RETRY: Duration = Duration::from_secs(2);

impl Avatars {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: AvatarsParts) -> Self {
        Self { parts, seats: Seats::default() }
    }

    /// Longest upload, in bytes.
    #[must_use]
    pub fn longest_upload(&self) -> usize {
        self.parts.longest_upload
    }

    /// Asks whether the user the token speaks for may upload a picture now. It is asked before the
    /// picture is received, so that what strangers send takes no room.
    pub async fn admit(&self, token: &str) -> Result<Uploader, AvatarError> {
        let signed_in = self.parts.current_user.find(token, &[TokenKind::Access]).await?;
        let user_id = signed_in.user.id;
        let store = self.parts.store.clone().ok_or(AvatarError::Disabled)?;
        let seat = self.seats.take(user_id);
        let seat = seat.ok_or(AvatarError::Busy { retry_after: BUSY_RETRY })?;
        Ok(Uploader { user_id, store, _seat: seat })
    }

    /// Makes a picture of what was uploaded and gives it to the user in place of the one before.
    pub async fn replace(&self, uploader: Uploader, upload: Vec<u8>) -> Result<User, AvatarError> {
        let Uploader { user_id, store, _seat } = uploader;
        let picture = self.parts.maker.convert(upload).await?;
        let name = AvatarName::new(self.parts.randomness.as_ref());
        store.put(&name, &picture).await?;
        let profile = Profile { nickname: None, avatar_url: Some(AvatarUrl::hosted(&name)) };
        let now = self.parts.clock.now();
        let changed = self.parts.accounts.change_profile(user_id, profile, now).await?;
        let user = changed.ok_or(NotSignedIn::TokenInvalid)?;
        tracing::info!(%user_id, "an avatar was uploaded");
        Ok(user)
    }

    /// The picture of this name, if there is one.
    pub async fn show(&self, name: &AvatarName) -> Result<Option<Picture>, AvatarError> {
        match &self.parts.store {
            Some(store) => Ok(store.get(name).await?),
            None => Ok(None),
        }
    }

    /// The whole address of a picture.
    #[must_use]
    pub fn address(&self, avatar: &AvatarUrl) -> String {
        self.parts.base.resolve(avatar)
    }
}
