//! Storage in a SQL database through SeaORM: SQLite, MySQL and MariaDB, PostgreSQL.
//!
//! [`Database`] opens a URL, migrates, and hands out the domain's ports. `engine` holds what differs
//! between the servers, `group_commit` and `login` what makes logins fast and safe.

mod accounts;
mod audit;
mod clients;
mod convert;
mod database;
mod database_time;
mod deployment;
mod engine;
mod entity;
mod erasure;
mod error;
mod group_commit;
mod identities;
mod import;
mod keys;
mod lease;
mod login;
mod merge;
mod migration;
mod profile;
mod purge;
mod pushes;
mod revocations;
mod sessions;
mod transaction;
mod transfer;
mod users;

pub use database::{Database, DatabaseSettings, OpenError, check_url};
