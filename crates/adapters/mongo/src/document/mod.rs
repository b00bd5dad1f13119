//! The collections' documents. Collections and fields are named like SQL's tables and columns.
//!
//! - Ids are binary UUIDs (subtype 4).
//! - Times are 64-bit milliseconds, not BSON dates: the same number in every store, every
//!   [`Timestamp`](wxlogin_domain::model::Timestamp) fits, and no TTL index can ever act on one.
//! - WeChat's ids are strings, which MongoDB compares byte by byte.

use mongodb::bson::{Binary, Document, Uuid};
use serde::{Deserialize, Serialize};

/// A user, with everything that changes in one step with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct User {
    #[serde(rename = "_id")]
    pub(crate) id: Uuid,
    pub(crate) user_type: i32,
    pub(crate) status: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) avatar_url: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) last_login_at: i64,
    /// Counts the changes: whoever has read one version writes only over that one.
    pub(crate) version: i64,
    /// The session of the login that made the user, by which that login knows itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_session: Option<Uuid>,
    /// [`Session`]s. Kept as they are stored, so that fields of a later version survive this one.
    #[serde(default)]
    pub(crate) sessions: Vec<Document>,
    /// The replay tags of the sessions; absent when there is none, or the unique index would take
    /// two users without any for a clash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replay_tags: Option<Vec<Binary>>,
    /// Audit events on their way into their own collection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) audit_outbox: Vec<AuditEvent>,
    /// This is no user but a mark that there will never be one with this id; the other one is who is
    /// meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) superseded_by: Option<Uuid>,
}

/// A signed-in device, within its user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: Uuid,
    pub(crate) app_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replay_tag: Option<Binary>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
}

/// The name of a session's id within its user, as indexes and filters write it.
pub(crate) const SESSION_ID: &str = "sessions.id";

/// What WeChat knows a person by; as an `_id` its fields have to keep their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IdentityKey {
    pub(crate) app_id: String,
    pub(crate) open_id: String,
}

/// Whose a person is. Without a session key it is a claim whose login has not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    #[serde(rename = "_id")]
    pub(crate) key: IdentityKey,
    pub(crate) user_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) union_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session_key: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session_key_tag: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session_key_at: Option<i64>,
}

/// Who owns a unionid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnionId {
    #[serde(rename = "_id")]
    pub(crate) union_id: String,
    pub(crate) user_id: Uuid,
}

/// What was named for whom; as an `_id` its fields have to keep their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConflictKey {
    pub(crate) app_id: String,
    pub(crate) open_id: String,
    pub(crate) union_id: String,
}

/// A unionid that could not be taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Conflict {
    #[serde(rename = "_id")]
    pub(crate) key: ConflictKey,
    pub(crate) user_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner_id: Option<Uuid>,
    pub(crate) first_seen_at: i64,
}

/// What was done to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuditEvent {
    #[serde(rename = "_id")]
    pub(crate) id: Uuid,
    pub(crate) at: i64,
    pub(crate) action: String,
    pub(crate) user_id: Uuid,
}

/// A signing key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SigningKey {
    #[serde(rename = "_id")]
    pub(crate) generation: i64,
    pub(crate) kid: String,
    pub(crate) private_key: Binary,
    pub(crate) created_at: i64,
}

/// What the database knows about its deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    #[serde(rename = "_id")]
    pub(crate) id: i32,
    pub(crate) key_check: Binary,
    pub(crate) development: bool,
}
