use async_trait::async_trait;

use super::StoreError;
use crate::model::{Session, SessionId};

/// Signed-in devices. They are opened by `AccountStore::record_login`.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// The session with this id, if it exists. Whether it is over is the caller's to judge.
    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError>;
}
