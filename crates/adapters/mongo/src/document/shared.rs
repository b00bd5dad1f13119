use mongodb::bson::{Binary, DateTime, Uuid};
use serde::{Deserialize, Serialize};

/// An event of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuditEvent {
    #[serde(rename = "_id")]
    pub(crate) id: Uuid,
    pub(crate) at: i64,
    pub(crate) action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) app_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// Its place in the log. It gets one when it is delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<i64>,
}

/// A revocation of a session's or a user's access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Revoked {
    #[serde(rename = "_id")]
    pub(crate) subject: Uuid,
    /// The server's time at the delivery.
    pub(crate) revoked_at: DateTime,
    pub(crate) until: i64,
}

/// A signing key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SigningKey {
    #[serde(rename = "_id")]
    pub(crate) generation: i64,
    pub(crate) kid: String,
    pub(crate) private_key: Binary,
    pub(crate) created_at: i64,
    pub(crate) active_from: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revoked_at: Option<i64>,
}

/// A server application with credentials of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ApiClient {
    #[serde(rename = "_id")]
    pub(crate) id: String,
    pub(crate) secret_hash: Binary,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) previous_secret_hash: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) previous_secret_until: Option<i64>,
    /// Separated by spaces.
    pub(crate) scopes: String,
    /// Separated by spaces.
    pub(crate) apps: String,
    /// Separated by spaces.
    pub(crate) networks: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<i64>,
    pub(crate) revision: Uuid,
    pub(crate) created_at: i64,
}

/// The deployment that the database belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    #[serde(rename = "_id")]
    pub(crate) id: i32,
    pub(crate) key_check: Binary,
    pub(crate) kind: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tombstone_key: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rotated_at: Option<i64>,
}

/// A push message that was processed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Push {
    #[serde(rename = "_id")]
    pub(crate) message: Binary,
    pub(crate) remembered_at: i64,
}

/// The instance that runs a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lease {
    #[serde(rename = "_id")]
    pub(crate) task: String,
    pub(crate) holder: Uuid,
    /// By the server's clock.
    pub(crate) until: i64,
}
