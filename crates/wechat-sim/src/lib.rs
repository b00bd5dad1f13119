#![doc = include_str!("../README.md")]

mod control;
mod cors;
mod crypto;
mod guard;
mod page;
mod push;
mod random;
mod simulator;
mod state;
mod wechat;

pub use simulator::{DEV_ENCODING_AES_KEY, DEV_PUSH_TOKEN, SimApp, SimConfig, Simulator};
