//! Storage in a SQL database through SeaORM: SQLite, MySQL and MariaDB, PostgreSQL.
//!
//! [`Database`] opens a URL, migrates, and hands out the domain's ports. `engine` holds what differs
//! between the servers, `pool` is how callers wait for connections, `account` runs the domain's commands
//! on accounts, `lane` puts logins, and refreshes, that arrive together into one transaction.

mod account;
mod accounts;
mod audit;
mod by_app;
mod clients;
mod conflicts;
mod connection;
mod connections;
mod convert;
mod database;
mod database_time;
mod deployment;
mod engine;
mod entity;
mod error;
#[cfg(test)]
mod full_disk;
mod keys;
mod lane;
mod lease;
mod logins;
mod migrate;
mod migration;
mod open_error;
mod pool;
mod purge;
mod pushes;
mod reads;
mod refreshes;
mod revocations;
mod sessions;
mod settings;
mod transaction;
mod transfer;

pub use database::{Database, check_url, inspect};
pub use engine::database_file;
pub use open_error::OpenError;
pub use settings::DatabaseSettings;
