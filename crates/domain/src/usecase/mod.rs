//! What wxlogin does, one file a use case, each with its own error enum.

pub mod access_tokens;
pub mod copy;
pub mod current_user;
pub mod deployment;
pub mod import_users;
pub mod log_in;
mod progress;
mod session_keys;
pub mod signing_keys;
mod single_flight;
mod tombstones;

pub use progress::Progress;
