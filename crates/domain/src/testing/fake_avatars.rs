use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use crate::model::{AvatarName, Picture, Timestamp};
use crate::ports::{AvatarStore, AvatarStoreError, Clock, KeptAvatar, NoPicture, PictureMaker};

/// Keeps pictures in memory.
pub struct MemoryAvatars {
    kept: Mutex<BTreeMap<AvatarName, (Timestamp, Picture)>>,
    clock: Arc<dyn Clock>,
}

impl MemoryAvatars {
    /// A store without pictures that tells this time.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { kept: Mutex::default(), clock }
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<AvatarName, (Timestamp, Picture)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AvatarStore for MemoryAvatars {
    async fn put(&self, name: &AvatarName, picture: &Picture) -> Result<(), AvatarStoreError> {
        self.kept().insert(name.clone(), (self.clock.now(), picture.clone()));
        Ok(())
    }

    async fn get(&self, name: &AvatarName) -> Result<Option<Picture>, AvatarStoreError> {
        Ok(self.kept().get(name).map(|(_, picture)| picture.clone()))
    }

    async fn delete(&self, name: &AvatarName) -> Result<(), AvatarStoreError> {
        self.kept().remove(name);
        Ok(())
    }

    fn list(&self) -> BoxStream<'static, Result<KeptAvatar, AvatarStoreError>> {
        let kept = self.kept();
        let all = kept
            .iter()
            .map(|(name, (since, _))| Ok(KeptAvatar { name: name.clone(), since: *since }));
        stream::iter(all.collect::<Vec<_>>()).boxed()
    }
}

/// Takes what begins with `picture`, and fails as a few other words say.
pub struct FakePictures;

#[async_trait]
impl PictureMaker for FakePictures {
    async fn make(&self, upload: Vec<u8>) -> Result<Picture, NoPicture> {
        match upload.as_slice() {
            [b'p', b'i', b'c', b't', b'u', b'r', b'e', ..] => Ok(Picture(upload)),
            b"huge" => Err(NoPicture::TooManyPixels),
            b"busy" => Err(NoPicture::Busy { retry_after: Duration::from_secs(7) }),
            b"broken" => Err(NoPicture::Broken),
            _ => Err(NoPicture::NotAPicture),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ManualClock, avatar_contract};

    #[tokio::test]
    async fn it_keeps_the_contract() {
        let clock = Arc::new(ManualClock::default());
        let now = clock.now();
        avatar_contract::holds(&MemoryAvatars::new(clock), now).await;
    }
}
