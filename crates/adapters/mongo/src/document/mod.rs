//! The documents of the collections. Collections and fields have the names of SQL tables and columns.
//!
//! - A primary key of one column is the `_id`; for one of several columns the `_id` is a document.
//! - Ids are binary UUIDs (subtype 4).
//! - Times are 64-bit milliseconds, not BSON dates: they are the same number in every store, every
//!   [`Timestamp`](wxlogin_domain::model::Timestamp) fits, and no TTL index can act on them. Only the
//!   time of a revocation, which the server sets, is a date.
//! - WeChat's ids are strings, which MongoDB compares byte by byte.

mod identity;
mod shared;
mod user;

pub(crate) use identity::{Conflict, ConflictKey, Identity, IdentityKey, Tombstone, UnionId};
pub(crate) use shared::{ApiClient, AuditEvent, Deployment, Lease, Push, Revoked, SigningKey};
pub(crate) use user::{
    ERASED, MERGING, Mark, OUTBOX_ENTRY, OutboxEntry, PendingMerge, SESSION_ID, SUPERSEDED,
    Session, User, UserMark,
};
