use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::{KeyedTag, StoreError};

/// Whether real people's accounts are in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentKind {
    /// Made by `wxlogin dev`: its people come from the simulator.
    Development,
    /// Made by `wxlogin serve`.
    Production,
    /// Half of another database's content: a copy was begun and has not come to its end.
    UnfinishedCopy,
}

impl DeploymentKind {
    /// The number that stores keep.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Production => 0,
            Self::Development => 1,
            Self::UnfinishedCopy => 2,
        }
    }

    /// The kind a stored number means; `None` for a number this version does not know.
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

    /// What is remembered, if anything is.
    async fn deployment(&self) -> Result<Option<Deployment>, StoreError>;

    /// Remembers this and nothing else.
    async fn set_deployment(&self, deployment: Deployment) -> Result<(), StoreError>;

    /// Takes on a task that one instance at a time should do, for so long in the database's time.
    /// Of several at once one gets it. Whoever has it gets it again; others when its time is over.
    async fn lease(
        &self,
        task: &'static str,
        holder: Uuid,
        lasts: Duration,
    ) -> Result<bool, StoreError>;

    /// Whether the database answers and takes writes.
    async fn ping(&self) -> Result<(), StoreError>;
}
