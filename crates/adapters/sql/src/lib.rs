//! Storage in a SQL database through SeaORM: SQLite.
//!
//! [`Database`] opens a URL, migrates, and hands out the domain's ports. Writes go through one
//! connection, because SQLite has one writer at a time and a queue in front of it is fair where its
//! own lock is not; reads have connections of their own and never wait for a write.

mod accounts;
mod convert;
mod database;
mod deployment;
mod entity;
mod error;
mod keys;
mod migration;
mod record_login;
mod sessions;

pub use database::{Database, DatabaseSettings, OpenError, check_url};
