use std::sync::Arc;

use super::{
    AccountStore, AuditLog, ClientStore, DeploymentStore, ImportStore, KeyStore, PushStore,
    SessionStore, Transfer,
};

/// A store operation failed.
///
/// The adapter writes the texts. They never repeat a driver's message, because that can contain values:
/// a duplicate-key message contains the openid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is busy, or does not answer in time. A retry can succeed.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database returned something that this version does not expect. A retry does not help.
    #[error("unexpected response from the database: {0}")]
    Unexpected(String),
}

/// All ports of one database.
#[derive(Clone)]
pub struct Stores {
    /// Users and identities.
    pub accounts: Arc<dyn AccountStore>,
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Signing keys.
    pub keys: Arc<dyn KeyStore>,
    /// API clients.
    pub clients: Arc<dyn ClientStore>,
    /// Push messages that were handled.
    pub pushes: Arc<dyn PushStore>,
    /// The audit log.
    pub audit: Arc<dyn AuditLog>,
    /// Imports users from another system.
    pub import: Arc<dyn ImportStore>,
    /// The whole content, row by row.
    pub transfer: Arc<dyn Transfer>,
    /// The deployment that the database belongs to.
    pub deployment: Arc<dyn DeploymentStore>,
}
