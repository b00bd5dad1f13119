use mongodb::bson::{Binary, Uuid};
use serde::{Deserialize, Serialize};

/// An app id and an openid. As an `_id` its fields must keep their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IdentityKey {
    pub(crate) app_id: String,
    pub(crate) open_id: String,
}

/// Maps an identity to its user. If the user does not exist, this is a claim of an unfinished login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    #[serde(rename = "_id")]
    pub(crate) key: IdentityKey,
    pub(crate) user_id: Uuid,
    /// Identifies the claim: the session of the login that made it, or the audit event of the import.
    /// Absent in rows copied from another database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) claim: Option<Uuid>,
    pub(crate) tombstone: Binary,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) union_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session_key: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session_key_tag: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session_key_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) previous_session_key: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) previous_session_key_until: Option<i64>,
}

/// The owner of a unionid. If the user does not exist, this is a claim, as with an [`Identity`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnionId {
    #[serde(rename = "_id")]
    pub(crate) union_id: String,
    pub(crate) user_id: Uuid,
    pub(crate) tombstone: Binary,
}

/// An identity and the unionid that WeChat named for it. As an `_id` its fields must keep their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConflictKey {
    pub(crate) app_id: String,
    pub(crate) open_id: String,
    pub(crate) union_id: String,
}

/// A unionid that could not be assigned to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Conflict {
    #[serde(rename = "_id")]
    pub(crate) key: ConflictKey,
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner_id: Option<Uuid>,
    pub(crate) first_seen_at: i64,
}

impl Conflict {
    /// The users it names.
    pub(crate) fn users(&self) -> impl Iterator<Item = Uuid> {
        [Some(self.user_id), self.owner_id].into_iter().flatten()
    }
}

/// A keyed hash by which a person is recognised who was erased while banned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tombstone {
    #[serde(rename = "_id")]
    pub(crate) tag: Binary,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) app_id: Option<String>,
    pub(crate) user_id: Uuid,
    pub(crate) created_at: i64,
}
