//! What wxlogin does, in folders by capability. Each use case has its own error enum.

pub mod admin;
pub mod operations;
pub mod profile;
pub mod push;
pub mod sign_in;
mod support;
#[cfg(test)]
mod test_house;
#[cfg(test)]
mod test_wechat;
pub mod tokens;
pub mod wechat;
mod wiring;

use std::time::Duration;

pub use operations::Progress;
pub use wiring::{Policies, Ports, UseCases};

/// How soon to come back when something of ours is short, or WeChat does not take its own tokens.
const SOON: Duration = Duration::from_secs(5);
