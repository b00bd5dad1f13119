//! The tables. Times are UTC in milliseconds since 1970.

pub(crate) mod api_client;
pub(crate) mod audit_event;
pub(crate) mod deployment;
pub(crate) mod identity;
pub(crate) mod identity_conflict;
pub(crate) mod lease;
pub(crate) mod revocation;
pub(crate) mod session;
pub(crate) mod signing_key;
pub(crate) mod tombstone;
pub(crate) mod union_id;
pub(crate) mod user;
