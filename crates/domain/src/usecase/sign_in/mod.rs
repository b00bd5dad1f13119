//! Signing in: a login code becomes a user, a session and a first pair of tokens.

pub mod log_in;
