#![doc = include_str!("../README.md")]

mod call;
mod config;
mod control;
mod cors;
mod crypto;
mod errcode;
mod loopback_only;
mod page;
mod push;
mod random;
mod server;
mod simulator;
mod state;
mod wechat;

pub use config::{DEV_ENCODING_AES_KEY, DEV_PUSH_TOKEN, SimApp, SimConfig};
pub use simulator::Simulator;
