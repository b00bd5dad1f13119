use async_trait::async_trait;

use super::{Sealed, StoreError};
use crate::model::Timestamp;

/// A signing key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSigningKey {
    /// Its number; each key has the next one.
    pub generation: u32,
    /// The name tokens know it by.
    pub kid: String,
    /// The private key, sealed for this row.
    pub private_key: Sealed,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs.
    pub active_from: Timestamp,
    /// When it was declared void, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// Signing keys, shared by all instances.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Every key, newest generation first.
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError>;

    /// Stores a key unless its generation is taken. `false` means that another instance was
    /// first, and nothing was written.
    async fn insert_if_absent(&self, key: StoredSigningKey) -> Result<bool, StoreError>;

    /// Declares a key void. `false` when there is none of this name. One that is void already keeps
    /// its time.
    async fn revoke_key(&self, kid: &str, at: Timestamp) -> Result<bool, StoreError>;

    /// Forgets a key. `false` when there is none of this name.
    async fn remove_key(&self, kid: &str) -> Result<bool, StoreError>;
}
