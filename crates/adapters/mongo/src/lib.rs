//! Storage in MongoDB through the official driver.
//!
//! [`Database`] opens a URL, makes its indexes, and hands out the domain's ports. Nothing here needs
//! transactions, so a single server without a replica set will do. What the contract wants to happen
//! in one step happens in one document instead:
//!
//! - A **user's document** holds the user's sessions. A login reads it, and writes it back only if
//!   its `version` has not moved; so do a ban, an erasure and whatever else changes a user. A rotation
//!   is one update that finds the session by its generation within an active user. So there is an
//!   order of everything that happens to a user, and the limit of sessions, the replays and the
//!   refreshes are decided by one call after the other.
//! - What follows from a change in **other collections**, audit events and revocations, travels within
//!   the same update, in the user's `outbox`, and is moved on right afterwards (`outbox.rs`). Whoever
//!   reads those collections first moves on what was held up.
//! - An **erasure** begins with a mark in the place of the user's document, from which everything else
//!   follows (`erase/mod.rs`).
//! - What has to be unique across users is unique by index: an identity and a unionid by being the
//!   `_id` of a document that names the user, a replay tag and an old id by a sparse index. Whoever
//!   loses against such an index, or against a version, starts over with what is there now.
//!
//! `login/mod.rs` tells in which order the documents are written, and what a crash leaves.
//!
//! [`OriginalUsers`] reads the database of the system that wxlogin replaces.

mod accounts;
mod audit;
mod clients;
mod commands;
mod connect;
mod convert;
mod database;
mod deployment;
mod document;
mod erase;
mod error;
mod import;
mod keys;
mod login;
mod original;
mod outbox;
mod schema;
mod sessions;
mod transfer;
mod user_sessions;
mod users;

pub use connect::{DatabaseSettings, OpenError, check_url};
pub use database::Database;
pub use original::OriginalUsers;
