use async_trait::async_trait;
use futures_util::stream::BoxStream;

use crate::model::{AvatarName, Picture, Timestamp};

/// Pictures cannot be stored, read or deleted. The adapter writes the text, for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot access stored pictures: {0}")]
pub struct AvatarStoreError(pub String);

/// An entry in the list of stored pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAvatar {
    /// Its name.
    pub name: AvatarName,
    /// When it was stored, in the store's own time.
    pub stored_at: Timestamp,
}

/// Stores pictures under their names.
///
/// - After `put`, the picture is durable and complete for every instance. Before that, and after a
///   failure, it is either complete or missing.
/// - `get` returns the picture, or `None` if there is none with this name.
/// - `delete` removes the picture. Deleting a missing picture is not an error.
/// - `list` returns all pictures in any order. Pictures that are stored or deleted meanwhile may be
///   missing. Other files in the same place are not listed.
#[async_trait]
pub trait AvatarStore: Send + Sync {
    /// Stores a picture under a new name.
    async fn put(&self, name: &AvatarName, picture: &Picture) -> Result<(), AvatarStoreError>;

    /// Returns the picture with this name.
    async fn get(&self, name: &AvatarName) -> Result<Option<Picture>, AvatarStoreError>;

    /// Deletes the picture with this name.
    async fn delete(&self, name: &AvatarName) -> Result<(), AvatarStoreError>;

    /// Lists all pictures.
    fn list(&self) -> BoxStream<'static, Result<StoredAvatar, AvatarStoreError>>;
}
