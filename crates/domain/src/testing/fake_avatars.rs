use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use crate::model::{AvatarName, Picture, Timestamp};
use crate::ports::{
    AvatarStore, AvatarStoreError, Clock, PictureConverter, PictureError, StoredAvatar,
};

/// Stores pictures in memory.
pub struct MemoryAvatars {
    pictures: Mutex<BTreeMap<AvatarName, (Timestamp, Picture)>>,
    clock: Arc<dyn Clock>,
}

impl MemoryAvatars {
    /// Creates an empty store that uses this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { pictures: Mutex::default(), clock }
    }

    fn pictures(&self) -> MutexGuard<'_, BTreeMap<AvatarName, (Timestamp, Picture)>> {
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AvatarStore for MemoryAvatars {
    async fn put(&self, name: &AvatarName, picture: &Picture) -> Result<(), AvatarStoreError> {
        self.pictures().insert(name.clone(), (self.clock.now(), picture.clone()));
        Ok(())
    }

    async fn get(&self, name: &AvatarName) -> Result<Option<Picture>, AvatarStoreError> {
        Ok(self.pictures().get(name).map(|(_, picture)| picture.clone()))
    }

    async fn delete(&self, name: &AvatarName) -> Result<(), AvatarStoreError> {
        self.pictures().remove(name);
        Ok(())
    }

    fn list(&self) -> BoxStream<'static, Result<StoredAvatar, AvatarStoreError>> {
        let pictures = self.pictures();
        let all = pictures.iter().map(|(name, (stored_at, _))| {
            Ok(StoredAvatar { name: name.clone(), stored_at: *stored_at })
        });
        stream::iter(all.collect::<Vec<_>>()).boxed()
    }
}

/// Accepts uploads that begin with `picture`. `animated`, `huge`, `busy` and `broken` give the error of that name.
pub struct FakePictureConverter;

#[async_trait]
impl PictureConverter for FakePictureConverter {
    async fn convert(&self, upload: Vec<u8>) -> Result<Picture, PictureError> {
        match upload.as_slice() {
            [b'p', b'i', b'c', b't', b'u', b'r', b'e', ..] => Ok(Picture(upload)),
            b"animated" => Err(PictureError::Animated),
            b"huge" => Err(PictureError::TooManyPixels),
            b"busy" => Err(PictureError::Busy { retry_after: Duration::from_secs(7) }),
            b"broken" => Err(PictureError::Broken),
            _ => Err(PictureError::NotAPicture),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ManualClock, avatar_contract};

    #[tokio::test]
    async fn it_fulfils_the_contract() {
        let clock = Arc::new(ManualClock::default());
        let now = clock.now();
        avatar_contract::check(&MemoryAvatars::new(clock), now).await;
    }
}
