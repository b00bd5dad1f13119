use async_trait::async_trait;

use super::{KeyedTag, StoreError};
use crate::model::Timestamp;

/// Remembers which push messages were handled, because WeChat repeats a message if the response takes
/// longer than 5 seconds.
#[async_trait]
pub trait PushStore: Send + Sync {
    /// Whether a message with this tag is remembered.
    async fn is_remembered(&self, message: KeyedTag) -> Result<bool, StoreError>;

    /// Remembers a message. If it is remembered already, nothing changes.
    async fn remember(&self, message: KeyedTag, now: Timestamp) -> Result<(), StoreError>;

    /// Deletes at most `limit` messages that were remembered before this time. Returns how many.
    async fn purge_pushes(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
