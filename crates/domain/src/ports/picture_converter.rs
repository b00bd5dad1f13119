use std::time::Duration;

use async_trait::async_trait;

use crate::model::Picture;

/// Why an upload was not converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// It is not a complete PNG, JPEG or WebP.
    #[error("unsupported or damaged image")]
    NotAPicture,
    /// It is an animation.
    #[error("the picture is animated")]
    Animated,
    /// It has more pixels than are accepted.
    #[error("the picture has too many pixels")]
    TooManyPixels,
    /// Too many other pictures are being converted.
    #[error("too many pictures are being converted")]
    Busy {
        /// When to retry.
        retry_after: Duration,
    },
    /// The conversion failed through a defect of this service.
    #[error("the conversion of a picture failed")]
    Broken,
}

/// Converts an upload from a client, which may be any bytes, to a picture that can be shown.
///
/// - PNG, JPEG and WebP are recognised by their content. Everything else, and a truncated file, is
///   [`PictureError::NotAPicture`]. An animated WebP is [`PictureError::Animated`].
/// - A picture of more than 25 million pixels is rejected from its header, before memory is allocated.
/// - The result is upright, at most 512 pixels wide and high, and not larger than the upload. It has no
///   metadata, and white replaces transparency.
/// - Processor time and memory are bounded for any number of concurrent calls: a call that waits too
///   long fails with [`PictureError::Busy`].
#[async_trait]
pub trait PictureConverter: Send + Sync {
    /// Converts an upload.
    async fn convert(&self, upload: Vec<u8>) -> Result<Picture, PictureError>;
}
