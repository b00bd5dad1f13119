//! Stores users' avatars and serves them. `sweep` deletes those that no user has.

mod sweep;
#[cfg(test)]
mod tests;
mod upload_slots;

use std::sync::Arc;
use std::time::Duration;

pub use self::sweep::{AvatarSweep, AvatarSweepError};
use self::upload_slots::{UploadSlot, UploadSlots};
use crate::model::{AvatarName, AvatarUrl, Picture, Profile, User, UserId};
use crate::ports::{
    AvatarStore, AvatarStoreError, LimitedCall, PictureError, ProfileChange, RetryAfter, StoreError,
};
use crate::usecase::context::Context;
use crate::usecase::tokens::access_tokens::TokenKind;
use crate::usecase::tokens::current_user::AuthenticationError;

/// Why an avatar was not stored or served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AvatarError {
    /// The caller could not be authenticated.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// Avatar uploads are disabled.
    #[error("avatar uploads are disabled")]
    Disabled,
    /// Too many uploads are running, or another one of this user.
    #[error("too many uploads")]
    Busy {
        /// When to retry.
        retry_after: Duration,
    },
    /// The user has made too many of these calls.
    #[error(transparent)]
    TooMany(#[from] RetryAfter),
    /// The upload is not a PNG, JPEG or WebP, or is damaged.
    #[error("unsupported or damaged image")]
    NotAPicture,
    /// The image is animated.
    #[error("the image is animated")]
    Animated,
    /// The image has too many pixels.
    #[error("the image has too many pixels")]
    TooManyPixels,
    /// The database failed.
    #[error("cannot change the user's avatar")]
    Store(#[from] StoreError),
    /// Avatars cannot be written or read, or a bug in wxlogin.
    #[error("internal error")]
    Internal,
}

impl From<PictureError> for AvatarError {
    fn from(error: PictureError) -> Self {
        match error {
            PictureError::NotAPicture => Self::NotAPicture,
            PictureError::Animated => Self::Animated,
            PictureError::TooManyPixels => Self::TooManyPixels,
            PictureError::Busy { retry_after } => Self::Busy { retry_after },
            PictureError::Broken => Self::Internal,
        }
    }
}

impl From<AvatarStoreError> for AvatarError {
    fn from(error: AvatarStoreError) -> Self {
        tracing::error!(%error, "cannot write or read an avatar");
        Self::Internal
    }
}

/// Stores users' avatars and serves them.
///
/// A replaced avatar stays until [`AvatarSweep`] finds that no user has it.
pub struct Avatars {
    context: Arc<Context>,
    slots: UploadSlots,
}

/// A user who may upload an avatar now.
pub struct Uploader {
    user_id: UserId,
    store: Arc<dyn AvatarStore>,
    _slot: UploadSlot,
}

/// When to retry when too many uploads are running.
const BUSY_RETRY: Duration = Duration::from_secs(2);

impl Avatars {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context, slots: UploadSlots::default() }
    }

    /// Returns the largest upload, in bytes.
    #[must_use]
    pub fn longest_upload(&self) -> usize {
        self.context.policies.longest_avatar
    }

    /// Checks that the token's user may upload an avatar now. To be called before the upload is
    /// read, so that strangers cannot fill the memory.
    pub async fn admit(&self, token: &str) -> Result<Uploader, AvatarError> {
        let signed_in = self.context.current_user.find(token, &[TokenKind::Access]).await?;
        let user_id = signed_in.user.id;
        let store = self.context.ports.avatars.clone().ok_or(AvatarError::Disabled)?;
        let slot = self.slots.take(user_id);
        let slot = slot.ok_or(AvatarError::Busy { retry_after: BUSY_RETRY })?;
        self.context.limit(LimitedCall::AvatarUpload, &signed_in.session)?;
        Ok(Uploader { user_id, store, _slot: slot })
    }

    /// Stores the upload as the user's avatar.
    pub async fn replace(&self, uploader: Uploader, upload: Vec<u8>) -> Result<User, AvatarError> {
        let Uploader { user_id, store, _slot } = uploader;
        let picture = self.context.ports.pictures.convert(upload).await?;
        let name = AvatarName::new(self.context.randomness());
        store.put(&name, &picture).await?;
        let profile = Profile { nickname: None, avatar_url: Some(AvatarUrl::hosted(&name)) };
        let change = ProfileChange::set(user_id, profile, self.context.now());
        let changed = self.context.accounts().change_profile(change).await?;
        let user = changed.ok_or(AuthenticationError::TokenInvalid)?;
        tracing::info!(%user_id, "an avatar was uploaded");
        Ok(user)
    }

    /// Returns the avatar with this name, if there is one.
    pub async fn show(&self, name: &AvatarName) -> Result<Option<Picture>, AvatarError> {
        match &self.context.ports.avatars {
            Some(store) => Ok(store.get(name).await?),
            None => Ok(None),
        }
    }

    /// Returns an avatar's full URL.
    #[must_use]
    pub fn address(&self, avatar: &AvatarUrl) -> String {
        self.context.avatar_base.resolve(avatar)
    }
}
