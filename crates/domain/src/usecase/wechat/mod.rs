//! WeChat's other services: its access token for back ends, open data, and the care of its
//! session keys.

pub mod access_tokens;
pub mod open_data;
pub mod session;
pub mod session_key_reset;
pub(in crate::usecase) mod session_keys;
