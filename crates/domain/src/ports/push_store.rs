use async_trait::async_trait;

use super::{KeyedTag, StoreError};
use crate::model::Timestamp;

/// Which of WeChat's push messages have been seen: WeChat sends one again when the answer takes
/// longer than five seconds.
#[async_trait]
pub trait PushStore: Send + Sync {
    /// Whether a message with this tag is seen for the first time. Of several at once one is.
    async fn first_time(&self, message: KeyedTag, now: Timestamp) -> Result<bool, StoreError>;

    /// Forgets a message, so that its repetition is taken for the first: what it asked for could not
    /// be done.
    async fn forget(&self, message: KeyedTag) -> Result<(), StoreError>;

    /// Forgets messages that were seen before this, `limit` at most; how many.
    async fn purge_pushes(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
