//! The simulator over real HTTP.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers fail the test that uses them"
)]

mod access_token;
mod code2session;
mod control;
mod cors;
mod every_call;
mod faults;
mod harness;
mod loopback_only;
mod open_data;
mod page;
mod people;
mod phone_number;
mod push;
mod session_key;
