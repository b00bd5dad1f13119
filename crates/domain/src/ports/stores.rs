use std::sync::Arc;

use super::{
    AccountStore, AuditLog, ClientStore, ConflictStore, DeploymentStore, ImportStore, KeyStore,
    PushStore, SessionKeyStore, SessionStore, Transfer,
};

/// All ports of one database.
#[derive(Clone)]
pub struct Stores {
    /// Users and identities.
    pub accounts: Arc<dyn AccountStore>,
    /// WeChat's session keys.
    pub session_keys: Arc<dyn SessionKeyStore>,
    /// Conflicts about unionids.
    pub conflicts: Arc<dyn ConflictStore>,
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
