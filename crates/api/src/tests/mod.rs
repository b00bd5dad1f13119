//! The API in this process, on a store in memory and a made-up WeChat. Every answer is compared
//! with the document.

mod account;
mod admin;
mod avatar;
mod back_ends;
mod call;
mod cors;
mod document;
mod harness;
mod http;
mod phone;
mod push;
mod sign_in;
mod wechat_data;
mod well_known;

use self::call::{Answer, Call};
use self::harness::{Harness as House, Settings};
