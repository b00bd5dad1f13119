//! End-to-end tests: the real executable, a simulated WeChat, real HTTP.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod administration;
mod api_clients;
mod apps;
mod architecture;
mod avatar;
mod browser;
mod command_line;
mod copy;
mod crash;
mod database_outage;
mod databases;
mod forward_auth;
mod fresh_database;
mod frozen_instance;
mod full_disk;
mod import_users;
mod introspection;
mod limited_clients;
mod limits;
mod lost_commit;
mod many_clients;
mod master_key;
mod open_data;
mod openapi;
mod operator_mistakes;
mod original;
mod overload;
mod path_prefix;
mod phone;
mod problems;
mod push;
#[path = "../../crates/adapters/sql/tests/contract/server.rs"]
mod scratch;
mod secrets;
mod sessions;
mod shutdown;
mod sign_in;
mod support;
mod token_libraries;
mod wechat_errors;
mod wechat_outage;
