//! The executable as a library: configuration, wiring, start and stop.
//!
//! [`start()`] is where everything is put together and reads from top to bottom; the rest is the
//! command line around it.

mod bootstrap;
mod commands;
pub mod config;
mod database;
mod logging;
mod start;
mod tasks;

pub use self::bootstrap::{BootstrapError, Migrate};
pub use self::commands::run;
pub use self::database::OpenError;
pub use self::start::{Running, StartError, start};
