//! WeChat's server API over HTTPS.
//!
//! A call to WeChat is one file, named after WeChat's own name for it. It says which parameters go
//! out and what a good answer holds. What all calls share is beside it: [`BaseUrl`] says whom we
//! talk to, `http` sends and waits, `wire` reads, `errcode` judges. Every call goes over the `line`
//! of its app, which limits, refuses and counts.
//!
//! The `AppSecret` and the access token travel in the query, so a URL is a secret here: nothing that
//! could hold one leaves the `http` module.

mod base_url;
mod breaker;
mod check_encrypted_data;
mod client;
mod code2session;
mod counts;
mod errcode;
mod failure;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod get_phone_number;
mod http;
mod line;
mod rid;
mod secrets;
mod session_key;
mod stable_token;
mod wire;

pub use base_url::BaseUrl;
pub use client::{WechatClient, WechatSettings};
pub use counts::{CallCount, CallOutcome};
pub use http::CannotBuildClient;
