use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use wxlogin_domain::model::Picture;
use wxlogin_domain::ports::{PictureConverter, PictureError};

use crate::convert::convert;

/// How many pictures are converted at once. Each takes up to a second of processor time and 300 MB.
const MAX_CONCURRENT: usize = 2;

/// How long an upload waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Converts uploads to JPEG on blocking threads, a few at a time.
pub struct JpegConverter(Arc<Semaphore>);

impl Default for JpegConverter {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_CONCURRENT)))
    }
}

#[async_trait]
impl PictureConverter for JpegConverter {
    async fn convert(&self, upload: Vec<u8>) -> Result<Picture, PictureError> {
        let turn = tokio::time::timeout(MAX_WAIT, self.0.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| PictureError::Busy { retry_after: MAX_WAIT })?;
        let conversion = tokio::task::spawn_blocking(move || {
            // Released when the thread is done, even if the caller no longer waits.
            let _turn = turn;
            convert(&upload)
        });
        conversion.await.unwrap_or(Err(PictureError::Broken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_upload_that_waits_too_long_is_rejected() {
        let converter = JpegConverter::default();
        let turns = converter.0.clone().acquire_many_owned(2).await.unwrap();
        let late = converter.convert(b"x".to_vec()).await;
        assert_eq!(late, Err(PictureError::Busy { retry_after: MAX_WAIT }));
        drop(turns);
        assert_eq!(converter.convert(b"x".to_vec()).await, Err(PictureError::NotAPicture));
    }
}
