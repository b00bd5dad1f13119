use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use wxlogin_domain::model::Picture;
use wxlogin_domain::ports::{NoPicture, PictureMaker};

use crate::picture::picture;

/// How many pictures are made at once. Each takes a processor for about a second at most, and up to 300 MB.
const AT_ONCE: usize = 2;

/// How long others wait for their turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes pictures beside what else the process does: on threads of their own, and few at once.
pub struct Pictures(Arc<Semaphore>);

impl Default for Pictures {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

#[async_trait]
impl PictureMaker for Pictures {
    async fn make(&self, upload: Vec<u8>) -> Result<Picture, NoPicture> {
        let turn = tokio::time::timeout(PATIENCE, self.0.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| NoPicture::Busy { retry_after: PATIENCE })?;
        let making = tokio::task::spawn_blocking(move || {
            // It is done with when the thread is, also if nobody waits for the picture any more.
            let _turn = turn;
            picture(&upload)
        });
        making.await.unwrap_or(Err(NoPicture::Broken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_told_to_come_back() {
        let pictures = Pictures::default();
        let turns = pictures.0.clone().acquire_many_owned(2).await.unwrap();
        let late = pictures.make(b"x".to_vec()).await;
        assert_eq!(late, Err(NoPicture::Busy { retry_after: PATIENCE }));
        drop(turns);
        assert_eq!(pictures.make(b"x".to_vec()).await, Err(NoPicture::NotAPicture));
    }
}
