use mongodb::bson::{Binary, Document, Uuid};
use serde::{Deserialize, Serialize};
use wxlogin_domain::account::LAST_LOGIN_STEP;
use wxlogin_domain::model::Timestamp;

use super::identity::IdentityKey;
use super::shared::AuditEvent;

/// A user with everything that changes in the same step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct User {
    #[serde(rename = "_id")]
    pub(crate) id: Uuid,
    pub(crate) user_type: i64,
    pub(crate) status: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) avatar_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) legacy_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone_tag: Option<Binary>,
    /// The tag, and while previous master keys are configured those under them, too. To the unique index
    /// one number is then the same under all keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone_tags: Option<Vec<Binary>>,
    /// The user that this one became part of. Also in the mark; `wxlogin copy` reads it here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) merged_into: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) erase_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) last_login_at: i64,
    /// Counts the changes, for compare-and-set.
    pub(crate) version: i64,
    /// The session of the login that created the user. A repetition of that login recognises itself by
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_session: Option<Uuid>,
    /// [`Session`]s as they are stored, so that fields of a later version of wxlogin survive.
    #[serde(default)]
    pub(crate) sessions: Vec<Document>,
    /// The replay tags of the sessions. Absent if there is none, because to the unique index two empty
    /// arrays would be duplicates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replay_tags: Option<Vec<Binary>>,
    /// What is still to be written to other collections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) outbox: Vec<OutboxEntry>,
    /// Present if this user is being erased or merged, was merged, or was never created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mark: Option<Mark>,
    /// Present with [`Mark::MergingInto`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) merging: Option<PendingMerge>,
}

impl User {
    /// A time before which all logins were that this document has seen, whatever the clocks of instances
    /// say.
    pub(crate) fn logins_until(&self) -> i64 {
        Timestamp::from_millis(self.last_login_at).plus(LAST_LOGIN_STEP).as_millis()
    }
}

/// What the loser of a merge hands over, and the audit events of the merge. Values in unique or lookup
/// indexes move here, so that no user has them until the winner gets them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PendingMerge {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) legacy_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone_tag: Option<Binary>,
    /// The phone number sealed for the winner's row, if the winner gets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resealed_phone: Option<Binary>,
    pub(crate) sessions: Vec<Document>,
    pub(crate) begun_at: i64,
    pub(crate) access_tokens_until: i64,
    pub(crate) original_tokens_until: i64,
    pub(crate) event: AuditEvent,
    /// The loser's audit event. It outlives both users, so the loser's id is never used again.
    pub(crate) loser_event: AuditEvent,
}

/// Says that a document is no ordinary user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mark {
    /// There is no user with this id (any more); the other user is meant.
    SupersededBy(Uuid),
    /// The user was erased at this time, and their data in other collections is being removed. The
    /// status is the one before the erasure.
    ErasedAt(i64),
    /// The user is being merged into the other one, who gets what is in [`User::merging`].
    MergingInto(Uuid),
}

/// [`Mark::SupersededBy`], for indexes and filters.
pub(crate) const SUPERSEDED: &str = "mark.superseded_by";

/// [`Mark::ErasedAt`], for indexes and filters.
pub(crate) const ERASED: &str = "mark.erased_at";

/// [`Mark::MergingInto`], for indexes and filters.
pub(crate) const MERGING: &str = "mark.merging_into";

/// The mark of a user, without the rest of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UserMark {
    #[serde(rename = "_id")]
    pub(crate) id: Uuid,
    pub(crate) mark: Option<Mark>,
}

/// A session in its user's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: Uuid,
    pub(crate) app_id: String,
    pub(crate) open_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<String>,
    pub(crate) generation: i64,
    pub(crate) salt: Binary,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replay_tag: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replay_fingerprint: Option<Binary>,
    pub(crate) created_at: i64,
    pub(crate) last_used_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) ends_at: i64,
}

/// A session's id, for indexes and filters.
pub(crate) const SESSION_ID: &str = "sessions.id";

/// A change of another collection that is still to be made. `into` names the collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "into", content = "document")]
pub(crate) enum OutboxEntry {
    /// Insert an audit event.
    #[serde(rename = "audit_events")]
    AuditEvent(AuditEvent),
    /// Revoke the access tokens of a session or a user. The time is set on delivery.
    #[serde(rename = "revocations")]
    Revocation {
        #[serde(rename = "_id")]
        subject: Uuid,
        until: i64,
    },
    /// Remove the session keys of the user's identities that are not later than this.
    #[serde(rename = "identities")]
    ClearSessionKeys {
        #[serde(rename = "_id")]
        user_id: Uuid,
        keys_until: i64,
    },
    /// Remove this claim of an identity and its conflicts recorded until then, and write the tombstone
    /// if the user is banned.
    #[serde(rename = "tombstones")]
    RemoveIdentity {
        identity: IdentityKey,
        #[serde(skip_serializing_if = "Option::is_none")]
        claim: Option<Uuid>,
        conflicts_until: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        tombstone: Option<Binary>,
        at: i64,
    },
    /// Remove these tombstones.
    #[serde(rename = "lifted")]
    LiftBan { tombstones: Vec<Binary> },
    /// Make the user the owner of a unionid that nobody owns, store it in the identity, and remove their
    /// conflict.
    #[serde(rename = "union_ids")]
    TakeUnionId { identity: IdentityKey, union_id: String, tombstone: Binary },
    /// Let the loser's id mean the user in whose outbox this is.
    #[serde(rename = "users")]
    Supersede {
        #[serde(rename = "_id")]
        loser: Uuid,
        /// The loser's legacy id, if this user has another one.
        #[serde(skip_serializing_if = "Option::is_none")]
        legacy_id: Option<String>,
        status: i64,
        at: i64,
    },
}

/// The collection of an [`OutboxEntry`], for indexes and filters.
pub(crate) const OUTBOX_ENTRY: &str = "outbox.into";
