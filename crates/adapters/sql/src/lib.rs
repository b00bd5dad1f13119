//! Storage in a SQL database through SeaORM: SQLite, MySQL and MariaDB, PostgreSQL.
//!
//! [`Database`] opens a URL, migrates, and hands out the domain's ports. `engine` holds what differs
//! between the servers, `group_commit` and `login` what makes logins fast and safe.

mod accounts;
mod convert;
mod database;
mod deployment;
mod engine;
mod entity;
mod error;
mod group_commit;
mod keys;
mod login;
mod migration;
mod sessions;

pub use database::{Database, DatabaseSettings, OpenError, check_url};
