use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::{KeyedTag, Sealed, StoreError};
use crate::model::Timestamp;

/// What a database is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentKind {
    /// Created by `wxlogin dev`: its users come from the simulator.
    Development,
    /// Created by `wxlogin serve`.
    Production,
    /// The target of `wxlogin copy`, which has not finished.
    UnfinishedCopy,
}

impl DeploymentKind {
    /// Returns the number that stores keep.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Production => 0,
            Self::Development => 1,
            Self::UnfinishedCopy => 2,
        }
    }

    /// Returns the kind with this number, or `None` if this version does not know it.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Production),
            1 => Some(Self::Development),
            2 => Some(Self::UnfinishedCopy),
            _ => None,
        }
    }
}

/// What a database stores about its deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The check value of the master key. After a rotation it is the earlier key's until everything has
    /// been encrypted with the new one.
    pub key_check: KeyedTag,
    /// What the database is used for.
    pub kind: DeploymentKind,
    /// How the master key was rotated last; `None` if it is still the first.
    pub rotation: Option<MasterKeyRotation>,
}

/// A finished rotation of the master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterKeyRotation {
    /// The key of tombstones, encrypted with the master key. It is derived from the first master key, and
    /// stays the same: a tombstone is only a hash, and cannot be computed again with another key.
    pub tombstone_key: Sealed,
    /// A time after which no instance has used an earlier key to encrypt.
    pub at: Timestamp,
}

/// Stores which deployment a database belongs to, and leases for tasks.
#[async_trait]
pub trait DeploymentStore: Send + Sync {
    /// Stores `deployment` unless one is stored already. Returns the stored one. Of several concurrent
    /// callers one succeeds, and all get the same result.
    async fn claim(&self, deployment: Deployment) -> Result<Deployment, StoreError>;

    /// Returns the stored deployment, if any.
    async fn deployment(&self) -> Result<Option<Deployment>, StoreError>;

    /// Replaces the stored deployment.
    async fn set_deployment(&self, deployment: Deployment) -> Result<(), StoreError>;

    /// Tries to acquire or renew the lease of a task, so that only one instance runs it. The lease lasts
    /// for `lasts` in the database's time. Of several concurrent holders one succeeds. The current holder
    /// can renew it at any time; others get it only after it has expired.
    async fn lease(
        &self,
        task: &'static str,
        holder: Uuid,
        lasts: Duration,
    ) -> Result<bool, StoreError>;

    /// Checks that the database responds and accepts writes.
    async fn ping(&self) -> Result<(), StoreError>;
}
