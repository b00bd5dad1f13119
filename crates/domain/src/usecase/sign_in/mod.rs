//! Signing in: a login code becomes a user, a session and the first tokens.
//!
//! `log_in` checks the request and starts one run per code; `log_in/run.rs` is what happens then.

pub mod log_in;
