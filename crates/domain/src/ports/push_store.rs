use async_trait::async_trait;

use super::{KeyedTag, StoreError};
use crate::model::Timestamp;

/// Which of WeChat's push messages have been acted on: WeChat sends one again when the answer takes
/// longer than five seconds.
#[async_trait]
pub trait PushStore: Send + Sync {
    /// Whether a message with this tag is remembered.
    async fn is_remembered(&self, message: KeyedTag) -> Result<bool, StoreError>;

    /// Remembers a message; one that is remembered stays as it is.
    async fn remember(&self, message: KeyedTag, now: Timestamp) -> Result<(), StoreError>;

    /// Forgets messages that were remembered before this, `limit` at most; how many.
    async fn purge_pushes(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
