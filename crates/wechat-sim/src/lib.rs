#![doc = include_str!("../README.md")]

mod control;
mod guard;
mod page;
mod random;
mod simulator;
mod state;
mod wechat;

pub use simulator::{SimApp, SimConfig, Simulator};
