use mongodb::bson::{Binary, Document, Uuid};
use serde::{Deserialize, Serialize};

use super::{AuditEvent, IdentityKey};

/// A user, with everything that changes in one step with it.
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
    /// Who the user is by now. It is said by the mark, too, and is here for whoever copies the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) merged_into: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) erase_at: Option<i64>,
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
    /// What follows from the user's changes and is on its way into other collections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) outbox: Vec<Outgoing>,
    /// Present when this is no user any more, or never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mark: Option<Mark>,
    /// Present with [`Mark::MergingInto`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) merging: Option<Merging>,
}

/// What a user who is to be another one has to hand over, and what is told of it. Whatever is
/// unique by index, or found by one, is here, so that nobody has it until it is handed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Merging {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) legacy_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone_tag: Option<Binary>,
    /// The phone number, sealed for the other user's row, if that one gets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resealed_phone: Option<Binary>,
    pub(crate) sessions: Vec<Document>,
    pub(crate) tokens_until: i64,
    pub(crate) event: AuditEvent,
    /// What is told of the loser. It outlives both, so that nobody becomes the loser again.
    pub(crate) loser_event: AuditEvent,
}

/// What stands in the place of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mark {
    /// There will not be a user with this id, or not any more; the other one is who is meant.
    SupersededBy(Uuid),
    /// The user was erased at this time, and what other collections still hold of them is going. The
    /// status is the one the user had.
    ErasedAt(i64),
    /// The user is about to be the other one, who gets what is in [`User::merging`].
    MergingInto(Uuid),
}

/// [`Mark::SupersededBy`], as indexes and filters write it.
pub(crate) const SUPERSEDED: &str = "mark.superseded_by";

/// [`Mark::ErasedAt`], as indexes and filters write it.
pub(crate) const ERASED: &str = "mark.erased_at";

/// [`Mark::MergingInto`], as indexes and filters write it.
pub(crate) const MERGING: &str = "mark.merging_into";

/// What has to be known of somebody else's user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outline {
    #[serde(rename = "_id")]
    pub(crate) id: Uuid,
    pub(crate) mark: Option<Mark>,
}

/// A signed-in device, within its user.
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

/// The name of a session's id within its user, as indexes and filters write it.
pub(crate) const SESSION_ID: &str = "sessions.id";

/// Something on its way into the collection that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "into", content = "document", rename_all = "snake_case")]
pub(crate) enum Outgoing {
    /// A line of the audit log.
    AuditEvents(AuditEvent),
    /// Whose tokens hold no more: a session's, or a user's. When that is so is known when it gets there.
    Revocations {
        #[serde(rename = "_id")]
        subject: Uuid,
        until: i64,
    },
    /// The user's identities lose the session keys that are not later than this.
    Identities {
        #[serde(rename = "_id")]
        user_id: Uuid,
        keys_until: i64,
    },
    /// The identity goes as this claim of it, with the conflicts noted until then; and the ban, if
    /// there is one, outlives it.
    Tombstones {
        identity: IdentityKey,
        #[serde(skip_serializing_if = "Option::is_none")]
        claim: Option<Uuid>,
        noted_until: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        tombstone: Option<Binary>,
        at: i64,
    },
    /// The ban that these tombstones tell of is lifted.
    Lifted { tombstones: Vec<Binary> },
    /// This user is the one in whose outbox it is, from the time on.
    Users {
        #[serde(rename = "_id")]
        loser: Uuid,
        /// The loser's old id, if this user has another one.
        #[serde(skip_serializing_if = "Option::is_none")]
        legacy_id: Option<String>,
        status: i64,
        at: i64,
    },
}

/// Where an [`Outgoing`] goes, as indexes and filters write it.
pub(crate) const OUTGOING: &str = "outbox.into";
