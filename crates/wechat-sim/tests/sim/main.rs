//! The simulator over real HTTP.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper of tests fails its test"
)]

mod access_token;
mod code2session;
mod control;
mod cors;
mod every_call;
mod faults;
mod guard;
mod harness;
mod open_data;
mod page;
mod people;
mod phone_number;
mod push;
mod session_key;
