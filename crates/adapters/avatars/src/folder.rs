use std::fs::Metadata;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt};
use wxlogin_domain::model::{AvatarName, Picture, Timestamp};
use wxlogin_domain::ports::{AvatarStore, AvatarStoreError, StoredAvatar};

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CannotOpenFolder {
    /// It does not exist and cannot be created.
    #[error("cannot create the folder: {0}")]
    Create(std::io::ErrorKind),
    /// It cannot be read.
    #[error("cannot read the folder: {0}")]
    Read(std::io::ErrorKind),
    /// It exists but cannot be opened.
    #[error(transparent)]
    Open(#[from] Error),
}

/// Stores each picture as a file with its name in `pictures`, a folder within the one that the operator
/// configures. Several instances can share it.
pub struct AvatarFolder(Arc<LocalFileSystem>);

impl AvatarFolder {
    /// Opens the folder and creates it if it does not exist. Removes partial files of uploads that failed
    /// more than an hour before `now`.
    pub fn open(directory: &Path, now: Timestamp) -> Result<Self, CannotOpenFolder> {
        // The root of a mounted volume can contain other entries, which may be unreadable.
        let path = directory.join(PICTURES);
        std::fs::create_dir_all(&path).map_err(|error| CannotOpenFolder::Create(error.kind()))?;
        remove_partial_files(&path, now).map_err(|error| CannotOpenFolder::Read(error.kind()))?;
        // A stored picture must survive a power failure.
        Ok(Self(Arc::new(LocalFileSystem::new_with_prefix(path)?.with_fsync(true))))
    }
}

const PICTURES: &str = "pictures";

/// Removes partial files. The library writes to `NAME#1`, which it does not list, and then renames the
/// file.
fn remove_partial_files(path: &Path, now: Timestamp) -> std::io::Result<()> {
    for file in std::fs::read_dir(path)? {
        let file = file?;
        let name = file.file_name();
        let partial = name.to_str().and_then(|name| name.split_once('#'));
        let is_partial = partial.is_some_and(|(name, number)| {
            AvatarName::parse(name).is_ok() && number.bytes().all(|b| b.is_ascii_digit())
        });
        if is_partial && now.since(modified(&file.metadata()?)?) > Duration::from_hours(1) {
            std::fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

fn modified(file: &Metadata) -> std::io::Result<Timestamp> {
    let since = file.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
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

    fn list(&self) -> BoxStream<'static, Result<StoredAvatar, AvatarStoreError>> {
        let kept = |file: ObjectMeta| {
            let name = AvatarName::parse(file.location.as_ref()).ok()?;
            let stored_at = Timestamp::from_millis(file.last_modified.timestamp_millis());
            Some(StoredAvatar { name, stored_at })
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
    use futures_util::TryStreamExt;
    use wxlogin_domain::testing::avatar_contract;

    use super::*;

    /// The time that the file system gives to a new file. It may be rounded down.
    fn now(folder: &Path) -> Timestamp {
        let file = folder.join("now");
        std::fs::write(&file, "").unwrap();
        modified(&std::fs::metadata(&file).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn it_fulfils_the_contract() {
        let place = tempfile::tempdir().unwrap();
        let now = now(place.path());
        let folder = AvatarFolder::open(&place.path().join("made/by/itself"), now).unwrap();
        avatar_contract::check(&folder, now).await;
    }

    #[tokio::test]
    async fn other_files_in_the_folder_are_left_unchanged() {
        let place = tempfile::tempdir().unwrap();
        let pictures = place.path().join(PICTURES);
        let name = "0123456789abcdef0123456789abcdef.jpg";
        std::fs::create_dir_all(pictures.join("backup")).unwrap();
        // Following this link would never end.
        std::os::unix::fs::symlink(place.path(), place.path().join("loop")).unwrap();
        let (fresh, old) = (format!("{name}#1"), format!("{name}#2"));
        for file in ["README", &format!("backup/{name}"), "old#2", &fresh, &old, name] {
            std::fs::write(pictures.join(file), "x").unwrap();
        }
        for aged in [name, "old#2", &old] {
            let aged = std::fs::File::options().write(true).open(pictures.join(aged)).unwrap();
            aged.set_modified(UNIX_EPOCH + Duration::from_secs(5)).unwrap();
        }
        let folder = AvatarFolder::open(place.path(), now(place.path())).unwrap();
        let stored = folder.list().try_collect::<Vec<_>>().await.unwrap();
        let name = AvatarName::parse(name).unwrap();
        assert_eq!(stored, [StoredAvatar { name, stored_at: Timestamp::from_seconds(5) }]);
        assert!(!pictures.join(old).exists(), "an old partial file is removed");
        assert!(pictures.join(fresh).exists(), "a recent one may still be written");
        assert!(pictures.join("old#2").exists());
    }

    #[test]
    fn an_unusable_folder_is_an_error() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        std::fs::write(&file, "").unwrap();
        let now = now(place.path());
        assert!(AvatarFolder::open(&file.join("folder"), now).is_err());
        assert!(AvatarFolder::open(&file, now).is_err());
    }
}
