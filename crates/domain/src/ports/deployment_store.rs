use async_trait::async_trait;

use super::{KeyedTag, StoreError};

/// Whether real people's accounts are in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentKind {
    /// Made by `wxlogin dev`: its people come from the simulator.
    Development,
    /// Made by `wxlogin serve`.
    Production,
}

/// What a database remembers about the deployment that first used it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deployment {
    /// Check value of its master key.
    pub key_check: KeyedTag,
    /// Whose accounts it holds.
    pub kind: DeploymentKind,
}

/// What the database knows about the deployment it belongs to.
#[async_trait]
pub trait DeploymentStore: Send + Sync {
    /// Remembers `deployment` if nothing is remembered yet, and answers what is remembered. Of
    /// several callers at once, one is remembered and all are answered the same.
    async fn claim(&self, deployment: Deployment) -> Result<Deployment, StoreError>;

    /// Whether the database answers and takes writes.
    async fn ping(&self) -> Result<(), StoreError>;
}
