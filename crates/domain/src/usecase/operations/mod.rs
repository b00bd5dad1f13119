//! What keeps a deployment running: copying it to another database, importing users, deleting
//! expired rows, and checking that a database belongs to the deployment.

pub mod copy;
pub mod deployment;
pub mod housekeeping;
pub mod import_users;
mod progress;

pub use progress::Progress;
