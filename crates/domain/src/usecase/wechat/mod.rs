//! WeChat's other services: its access tokens, open data, and session keys. A session key is what
//! WeChat encrypts and signs a user's open data with; `session` uses it, `session_key_reset`
//! replaces it. `logged_gateway` logs every failed call of WeChat.

pub mod access_tokens;
pub(crate) mod logged_gateway;
pub mod open_data;
pub mod session;
pub mod session_key_reset;
pub(crate) mod session_key_sealing;
