//! Storage in MongoDB through the official driver.
//!
//! [`Database`] opens a URL, creates the indexes and implements the domain's ports. Nothing here needs
//! transactions, so a single server without a replica set is enough. What happens to an account is
//! decided by [`wxlogin_domain::account`] on the documents that were read (`unit.rs`); this crate decides
//! in which order the changes are written and how an interrupted change is completed. Where the contract
//! asks for one atomic step, the step is one write to one document:
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
//! Three rules have a form of their own here, because what they are about may still change between the
//! decision and the write. Which identities, unionids and session keys of an erased user are removed, and
//! which of them leave a tombstone, follows from the documents that are there when the mark or the outbox
//! entry is processed. A rotation is matched by generation and status in its one update. And a merge that
//! has begun is not refused any more: if the winner has got a phone number meanwhile, it keeps that one.
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
