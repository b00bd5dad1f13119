//! What wxlogin does, in folders by capability. Each use case has its own error enum.
//!
//! `context.rs` holds what all use cases are built from, `use_cases.rs` builds them, and
//! `harness.rs` does the same on fakes for the tests here.

pub mod admin;
mod context;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod limited_calls;
pub mod operations;
pub mod profile;
pub mod push;
pub mod sign_in;
mod subject;
mod support;
pub mod tokens;
mod use_cases;
pub mod wechat;

pub use context::{Policies, Ports};
pub use operations::Progress;
pub use subject::Subject;
pub use use_cases::UseCases;
