use async_trait::async_trait;

use super::StoreError;
use crate::account::{SessionKeyReplacement, SessionKeys};
use crate::model::IdentityKey;

/// WeChat's session keys. Logins write them, through `AccountStore::record_login`.
#[async_trait]
pub trait SessionKeyStore: Send + Sync {
    /// The sealed session keys of an identity, if the identity exists and has one.
    async fn find_session_keys(
        &self,
        identity: &IdentityKey,
    ) -> Result<Option<SessionKeys>, StoreError>;

    /// Puts a new session key in the place of another: see `account/session_key.rs`.
    async fn replace_session_key(
        &self,
        replacement: SessionKeyReplacement,
    ) -> Result<bool, StoreError>;
}
