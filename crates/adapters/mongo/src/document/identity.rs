use mongodb::bson::{Binary, Uuid};
use serde::{Deserialize, Serialize};

/// What WeChat knows a person by; as an `_id` its fields have to keep their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IdentityKey {
    pub(crate) app_id: String,
    pub(crate) open_id: String,
}

/// Whose a person is. When there is no such user it is a claim whose login has not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    #[serde(rename = "_id")]
    pub(crate) key: IdentityKey,
    pub(crate) user_id: Uuid,
    /// Which claim of the person this is: the session of the login that made it, or the audit event
    /// of the import. A row that came from another database has none.
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

/// Who owns a unionid. When there is no such user it is a claim, like an [`Identity`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnionId {
    #[serde(rename = "_id")]
    pub(crate) union_id: String,
    pub(crate) user_id: Uuid,
    pub(crate) tombstone: Binary,
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

impl Conflict {
    /// The users it is about.
    pub(crate) fn users(&self) -> impl Iterator<Item = Uuid> {
        [Some(self.user_id), self.owner_id].into_iter().flatten()
    }
}

/// What a banned person who was erased is recognised by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tombstone {
    #[serde(rename = "_id")]
    pub(crate) tag: Binary,
    pub(crate) user_id: Uuid,
    pub(crate) created_at: i64,
}
