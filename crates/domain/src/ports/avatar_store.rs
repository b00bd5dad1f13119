use async_trait::async_trait;
use futures_util::stream::BoxStream;

use crate::model::{AvatarName, Picture, Timestamp};

/// Pictures cannot be kept, read or removed. The text is the adapter's, for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("pictures cannot be reached: {0}")]
pub struct AvatarStoreError(pub String);

/// A picture that is kept, and since when in the store's own time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAvatar {
    /// Its name.
    pub name: AvatarName,
    /// Since when it is there.
    pub since: Timestamp,
}

/// Keeps pictures under their names.
///
/// - After `put`, the picture is there, whole and durable, for every instance. Before, and after a
///   failure, it is there wholly or not at all.
/// - `get` gives what was put, and `None` when nothing is kept under the name.
/// - `delete` removes the picture; one that is not there is no error.
/// - `list` gives everything that is kept, in any order; what comes or goes meanwhile may be in it or
///   not. Whatever else lies where pictures are kept is not in it.
#[async_trait]
pub trait AvatarStore: Send + Sync {
    /// Keeps a picture under a new name.
    async fn put(&self, name: &AvatarName, picture: &Picture) -> Result<(), AvatarStoreError>;

    /// The picture of this name.
    async fn get(&self, name: &AvatarName) -> Result<Option<Picture>, AvatarStoreError>;

    /// Removes the picture of this name.
    async fn delete(&self, name: &AvatarName) -> Result<(), AvatarStoreError>;

    /// What is kept.
    fn list(&self) -> BoxStream<'static, Result<KeptAvatar, AvatarStoreError>>;
}
