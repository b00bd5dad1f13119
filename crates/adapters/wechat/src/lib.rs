//! WeChat's server API over HTTPS.
//!
//! A call to WeChat is one file, named after WeChat's own name for it. It says which parameters go
//! out and what a good answer holds. What all calls share is beside it: [`BaseUrl`] says whom we
//! talk to, `http` sends and waits, `wire` reads, `errcode` judges.
//!
//! The `AppSecret` travels in the query, so a URL is a secret here: nothing that could hold one
//! leaves the `http` module.

mod base_url;
mod client;
mod code2session;
mod errcode;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod http;
mod rid;
mod wire;

pub use base_url::BaseUrl;
pub use client::{WechatClient, WechatSettings};
pub use http::CannotBuildClient;
