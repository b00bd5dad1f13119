use mongodb::bson::{Binary, Uuid};
use serde::{Deserialize, Serialize};

/// What was done to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuditEvent {
    #[serde(rename = "_id")]
    pub(crate) id: Uuid,
    pub(crate) at: i64,
    pub(crate) action: String,
    pub(crate) user_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// Whose tokens hold no more, without `revoked_at`, which the server sets by its own time
/// and which is of interest to filters only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Revoked {
    #[serde(rename = "_id")]
    pub(crate) subject: Uuid,
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

/// A back end that calls wxlogin in its own name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ApiClient {
    #[serde(rename = "_id")]
    pub(crate) id: String,
    pub(crate) secret_hash: Binary,
    /// Words with a blank between them.
    pub(crate) scopes: String,
    /// Words with a blank between them.
    pub(crate) apps: String,
    pub(crate) created_at: i64,
}

/// What the database knows about its deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    #[serde(rename = "_id")]
    pub(crate) id: i32,
    pub(crate) key_check: Binary,
    pub(crate) kind: i64,
}

/// A push message that was acted on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Push {
    #[serde(rename = "_id")]
    pub(crate) message: Binary,
    pub(crate) remembered_at: i64,
}

/// Who is doing a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lease {
    #[serde(rename = "_id")]
    pub(crate) task: String,
    pub(crate) holder: Uuid,
    /// In the database's time.
    pub(crate) until: i64,
}
