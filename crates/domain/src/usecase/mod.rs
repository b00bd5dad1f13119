//! What wxlogin does, one file a use case, each with its own error enum.

pub mod access_tokens;
pub mod current_user;
pub mod deployment;
pub mod log_in;
pub mod signing_keys;
mod single_flight;
mod tombstones;
