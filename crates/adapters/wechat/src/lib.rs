//! WeChat's server API over HTTPS.
//!
//! Each of WeChat's calls has a file under WeChat's name for it: the parameters it sends and what
//! it makes of the response. The files beside them are shared by all calls:
//!
//! - `client` implements the domain's [`WechatGateway`](wxlogin_domain::ports::WechatGateway).
//! - `app_client` makes the calls of one app: it limits how many run at once, stops them while
//!   WeChat does not answer (`circuit_breaker`), and counts their outcomes (`call_counters`).
//! - `http` sends requests, `responses` are the types of WeChat's JSON, `errcode` says what
//!   WeChat's error codes mean.
//!
//! The `AppSecret` and the access token travel in the query string, so every URL is a secret:
//! nothing that could contain one leaves the `http` module.

mod app_client;
mod app_secrets;
mod base_url;
mod call_counters;
mod call_limits;
mod check_encrypted_data;
mod circuit_breaker;
mod client;
mod code2session;
mod errcode;
mod failure;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod get_phone_number;
mod http;
mod request_id;
mod responses;
mod session_key;
mod stable_token;

pub use base_url::BaseUrl;
pub use call_counters::{CallCount, CallOutcome};
pub use client::WechatClient;
pub use http::{CannotBuildClient, WechatSettings};
