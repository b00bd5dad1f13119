use async_trait::async_trait;

use super::{Sealed, StoreError};
use crate::model::Timestamp;

/// A stored signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSigningKey {
    /// The key's number. Each new key gets the next one.
    pub generation: u32,
    /// The key id (`kid`) in tokens.
    pub kid: String,
    /// The private key, encrypted and bound to this row.
    pub private_key: Sealed,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it starts to sign.
    pub active_from: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// Stores signing keys, which all instances share.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Returns all keys, newest generation first.
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError>;

    /// Stores a key. Returns `false` without writing anything if the generation is taken, because another
    /// instance was first.
    async fn insert_if_absent(&self, key: StoredSigningKey) -> Result<bool, StoreError>;

    /// Revokes a key. Returns `false` if there is none with this id. If it is revoked already, it keeps
    /// its time of revocation.
    async fn revoke_key(&self, kid: &str, at: Timestamp) -> Result<bool, StoreError>;

    /// Deletes a key. Returns `false` if there is none with this id.
    async fn remove_key(&self, kid: &str) -> Result<bool, StoreError>;
}
