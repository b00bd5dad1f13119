//! The collections' documents. Collections and fields are named like SQL's tables and columns.
//!
//! - A key of one column is the `_id`; a key of several is a document with these columns as `_id`.
//! - Ids are binary UUIDs (subtype 4).
//! - Times are 64-bit milliseconds, not BSON dates: the same number in every store, every
//!   [`Timestamp`](wxlogin_domain::model::Timestamp) fits, and no TTL index can ever act on one. The
//!   one time that only the server can tell, a revocation's, is a date.
//! - WeChat's ids are strings, which MongoDB compares byte by byte.

mod identity;
mod shared;
mod user;

pub(crate) use identity::{Conflict, ConflictKey, Identity, IdentityKey, Tombstone, UnionId};
pub(crate) use shared::{ApiClient, AuditEvent, Deployment, Lease, Revoked, SigningKey};
pub(crate) use user::{
    ERASED, Mark, OUTGOING, Outgoing, Outline, SESSION_ID, SUPERSEDED, Session, User,
};
