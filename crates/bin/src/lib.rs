//! The executable as a library: configuration, start and stop, command line.
//!
//! [`start()`] connects adapters, use cases and the HTTP server, and reads from top to bottom.

mod bootstrap;
mod commands;
pub mod config;
mod database;
mod logging;
mod rfc3339;
mod start;
mod tasks;

pub use self::bootstrap::{BootstrapError, Migrate};
pub use self::commands::run;
pub use self::database::OpenError;
pub use self::start::{Running, StartError, start};
