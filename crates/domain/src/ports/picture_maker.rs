use std::time::Duration;

use async_trait::async_trait;

use crate::model::Picture;

/// No picture was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPicture {
    /// It is no PNG, JPEG or WebP, or not a whole one.
    #[error("this is no picture")]
    NotAPicture,
    /// It has more pixels than are taken.
    #[error("the picture has too many pixels")]
    TooManyPixels,
    /// Others are being made.
    #[error("other pictures are being made")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// A defect of this service.
    #[error("making a picture broke off")]
    Broken,
}

/// Makes a picture that can be shown of what somebody has sent, which may be anything.
///
/// - PNG, JPEG and WebP are known by what is in them; everything else, and what breaks off, is
///   [`NoPicture::NotAPicture`].
/// - A picture of more than 25 million pixels is refused by what its head says, before room is made
///   for it.
/// - The picture stands upright, has its longer side within 512 pixels, and is no larger than it was.
///   Nothing but its pixels is left; where it was transparent it is white.
/// - It takes a bounded part of the machine, however many are asked for at once: who has waited a
///   moment is told to come back.
#[async_trait]
pub trait PictureMaker: Send + Sync {
    /// Makes a picture of it.
    async fn make(&self, upload: Vec<u8>) -> Result<Picture, NoPicture>;
}
