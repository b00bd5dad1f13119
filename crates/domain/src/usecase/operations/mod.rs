//! What keeps a deployment running: copying, importing, housekeeping, and the check that a
//! database belongs to it.

pub mod copy;
pub mod deployment;
pub mod housekeeping;
pub mod import_users;
mod progress;

pub use progress::Progress;
