use std::sync::Arc;

use super::{
    AccountStore, AuditLog, ClientStore, DeploymentStore, ImportStore, KeyStore, PushStore,
    SessionStore, Transfer,
};

/// A store could not do what it was asked.
///
/// The texts are written by the adapter. They never repeat a driver's own message, because those
/// quote values: a duplicate-key message contains the openid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is busy, or does not answer in time. Trying later helps.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database holds or answers something this version does not expect. Trying later does not
    /// help.
    #[error("the database answered something unexpected: {0}")]
    Unexpected(String),
}

/// One database, seen through all of its ports.
#[derive(Clone)]
pub struct Stores {
    /// Users and identities.
    pub accounts: Arc<dyn AccountStore>,
    /// Signed-in devices.
    pub sessions: Arc<dyn SessionStore>,
    /// Signing keys.
    pub keys: Arc<dyn KeyStore>,
    /// Back ends that call wxlogin in their own name.
    pub clients: Arc<dyn ClientStore>,
    /// Which push messages have been seen.
    pub pushes: Arc<dyn PushStore>,
    /// What was done to users.
    pub audit: Arc<dyn AuditLog>,
    /// Takes users over from another system.
    pub import: Arc<dyn ImportStore>,
    /// The whole content, row by row.
    pub transfer: Arc<dyn Transfer>,
    /// What the database knows about the deployment it belongs to.
    pub deployment: Arc<dyn DeploymentStore>,
}
