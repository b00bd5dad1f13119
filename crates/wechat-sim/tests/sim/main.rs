//! The simulator over real HTTP.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper of tests fails its test"
)]

mod code2session;
mod control;
mod faults;
mod guard;
mod harness;
mod page;
