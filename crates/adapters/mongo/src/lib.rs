//! Storage in MongoDB through the official driver.
//!
//! [`Database`] opens a URL, makes its indexes, and hands out the domain's ports. Nothing here needs
//! transactions, so a single server without a replica set will do. What the contract wants to happen
//! in one step happens in one document instead:
//!
//! - A **user's document** holds the user's sessions. A login reads it, and writes it back only if
//!   its `version` has not moved; a ban sets the status and empties the sessions in one update. So a
//!   disabled user has no session at any moment, whatever runs at the same time or breaks in
//!   between, and the limit of sessions and the replays are decided by one login after the other.
//! - What has to be unique across users is unique by index: an identity and a unionid by being the
//!   `_id` of a document that names the user, a replay tag by a sparse index. Whoever loses against
//!   such an index, or against a version, starts over with what is there now.
//!
//! `login/mod.rs` tells in which order the documents are written, and what a crash leaves.

mod accounts;
mod convert;
mod database;
mod deployment;
mod document;
mod error;
mod keys;
mod login;
mod schema;
mod sessions;

pub use database::{Database, DatabaseSettings, OpenError, check_url};
