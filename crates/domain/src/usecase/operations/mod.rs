//! What keeps a deployment running: copying it to another database, importing users, encrypting everything
//! with a new master key, deleting expired rows, knowing whether the database accepts writes, and checking that it belongs to the
//! deployment.

pub mod copy;
pub mod deployment;
pub mod housekeeping;
pub mod import_users;
mod progress;
pub mod readiness;
pub mod reseal;

pub use progress::Progress;
