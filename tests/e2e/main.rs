//! wxlogin as its users meet it: the real executable, a simulated WeChat, real HTTP.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it does not find what it expects"
)]

mod administration;
mod apps;
mod architecture;
mod avatar;
mod command_line;
mod crash;
mod databases;
mod dead_wechat;
mod document;
mod faults;
mod forward_auth;
mod full_disk;
mod import_users;
mod introspection;
mod moving;
mod open_data;
mod original;
mod outage;
mod pages;
mod phone;
mod problems;
mod push;
#[path = "../../crates/adapters/sql/tests/contract/server.rs"]
mod scratch;
mod secrets;
mod sessions;
mod shutdown;
mod sign_in;
mod store;
mod support;
mod token_libraries;
