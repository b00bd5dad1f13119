use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt};
use wxlogin_domain::model::{AvatarName, Picture, Timestamp};
use wxlogin_domain::ports::{AvatarStore, AvatarStoreError, KeptAvatar};

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CannotOpenFolder {
    /// It is not there and cannot be made.
    #[error("the folder cannot be made: {0}")]
    Make(std::io::ErrorKind),
    /// It is there and cannot be opened.
    #[error(transparent)]
    Open(#[from] Error),
}

/// A folder with a file for each picture, under its name. Several instances can share it.
pub struct AvatarFolder(Arc<LocalFileSystem>);

impl AvatarFolder {
    /// Opens the folder and makes it if it is not there.
    pub fn open(path: &Path) -> Result<Self, CannotOpenFolder> {
        std::fs::create_dir_all(path).map_err(|error| CannotOpenFolder::Make(error.kind()))?;
        // A picture is told to be there when it would survive a power cut.
        Ok(Self(Arc::new(LocalFileSystem::new_with_prefix(path)?.with_fsync(true))))
    }
}

#[async_trait]
impl AvatarStore for AvatarFolder {
    async fn put(&self, name: &AvatarName, picture: &Picture) -> Result<(), AvatarStoreError> {
        let put = self.0.put(&location(name), picture.0.clone().into()).await;
        put.map(drop).map_err(|error| failed(&error))
    }

    async fn get(&self, name: &AvatarName) -> Result<Option<Picture>, AvatarStoreError> {
        let found = match self.0.get(&location(name)).await {
            Err(Error::NotFound { .. }) => return Ok(None),
            found => found.map_err(|error| failed(&error))?,
        };
        Ok(Some(Picture(found.bytes().await.map_err(|error| failed(&error))?.into())))
    }

    async fn delete(&self, name: &AvatarName) -> Result<(), AvatarStoreError> {
        match self.0.delete(&location(name)).await {
            Err(Error::NotFound { .. }) => Ok(()),
            deleted => deleted.map_err(|error| failed(&error)),
        }
    }

    fn list(&self) -> BoxStream<'static, Result<KeptAvatar, AvatarStoreError>> {
        let kept = |file: ObjectMeta| {
            let name = AvatarName::parse(file.location.as_ref()).ok()?;
            let since = Timestamp::from_millis(file.last_modified.timestamp_millis());
            Some(KeptAvatar { name, since })
        };
        let files = self.0.list(None).filter_map(move |file| async move {
            file.map(kept).map_err(|error| failed(&error)).transpose()
        });
        files.boxed()
    }
}

fn location(name: &AvatarName) -> Location {
    Location::from(name.as_str())
}

fn failed(error: &Error) -> AvatarStoreError {
    AvatarStoreError(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use futures_util::TryStreamExt;
    use wxlogin_domain::testing::avatar_contract;

    use super::*;

    /// The time that files are given, which the clock of a file system may round down.
    fn now(folder: &Path) -> Timestamp {
        let file = folder.join("now");
        std::fs::write(&file, "").unwrap();
        let modified = std::fs::metadata(&file).unwrap().modified().unwrap();
        std::fs::remove_file(file).unwrap();
        let since = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
    }

    #[tokio::test]
    async fn it_keeps_the_contract() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("made/by/itself");
        let folder = AvatarFolder::open(&path).unwrap();
        avatar_contract::holds(&folder, now(&path)).await;
    }

    #[tokio::test]
    async fn what_else_is_in_the_folder_is_let_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path();
        let name = "0123456789abcdef0123456789abcdef.jpg";
        std::fs::create_dir(path.join("backup")).unwrap();
        for file in ["README", &format!("backup/{name}"), &format!("{name}#1"), name] {
            std::fs::write(path.join(file), "x").unwrap();
        }
        let aged = std::fs::File::options().write(true).open(path.join(name)).unwrap();
        aged.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(5)).unwrap();
        let folder = AvatarFolder::open(path).unwrap();
        let kept = folder.list().try_collect::<Vec<_>>().await.unwrap();
        let name = AvatarName::parse(name).unwrap();
        assert_eq!(kept, [KeptAvatar { name, since: Timestamp::from_seconds(5) }]);
    }

    #[test]
    fn a_folder_that_cannot_be_is_told() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(AvatarFolder::open(&file.join("folder")).is_err());
        assert!(AvatarFolder::open(&file).is_err());
    }
}
