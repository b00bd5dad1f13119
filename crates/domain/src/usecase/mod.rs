//! What wxlogin does, one file a use case, each with its own error enum.

pub mod access_tokens;
pub mod account;
pub mod administration;
pub mod api_clients;
pub mod avatars;
pub mod copy;
pub mod current_user;
pub mod deployment;
pub mod encrypted_phones;
pub mod housekeeping;
pub mod import_users;
pub mod introspection;
pub mod log_in;
pub mod merging;
pub mod open_data;
pub mod phone_numbers;
mod phone_seal;
pub mod phones;
mod progress;
pub mod pushes;
pub mod refresh;
pub mod refresh_tokens;
pub mod revocations;
pub mod session_key_reset;
mod session_keys;
pub mod sessions;
pub mod signing_keys;
mod single_flight;
mod spent_codes;
#[cfg(test)]
mod test_house;
#[cfg(test)]
mod test_wechat;
mod tombstones;
pub mod wechat_access_tokens;
pub mod wechat_session;
mod wiring;

use std::time::Duration;

pub use progress::Progress;
pub use wiring::{Policies, Ports, UseCases};

/// How soon to come back when something of ours is short, or WeChat does not take its own tokens.
const SOON: Duration = Duration::from_secs(5);
