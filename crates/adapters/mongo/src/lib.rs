//! Storage in MongoDB through the official driver.
//!
//! [`Database`] opens a URL, creates the indexes and implements the domain's ports. Nothing here needs
//! transactions, so a single server without a replica set is enough. Where the contract asks for one
//! atomic step, the step is one write to one document:
//!
//! - A **user's document** contains the user's sessions. A change reads the document and writes it
//!   back only if its `version` is unchanged (compare-and-set). A rotation is one update that matches
//!   the session by its generation within an active user. So all changes of one user have an order,
//!   and each sees the result of the one before it.
//! - Audit events and revocations live in **other collections**. They are written into the user's
//!   `outbox` by the same update and delivered right afterwards (`outbox.rs`). Readers of those
//!   collections first deliver whatever is still waiting.
//! - An **erasure** begins with a mark in the user's document (`erase/mod.rs`).
//! - A **merge** begins with a mark in the loser's document and is finished by whoever meets it
//!   (`merge/mod.rs`).
//! - Uniqueness across users comes from indexes: an identity and a unionid are the `_id` of a document
//!   that names the user; replay tags, legacy ids and phone numbers have sparse unique indexes. A
//!   writer that loses against an index or a version starts over with the current data.
//!
//! `login/mod.rs` explains in which order the documents are written and what a crash leaves behind.
//!
//! [`LegacyDatabase`] reads the database of the system that wxlogin replaces.

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
mod identities;
mod import;
mod keys;
mod legacy;
mod login;
mod merge;
mod outbox;
mod pushes;
mod schema;
mod sessions;
mod transfer;
mod unit;
mod user_sessions;
mod users;

pub use connect::{DatabaseSettings, OpenError, check_url};
pub use database::Database;
pub use legacy::LegacyDatabase;
