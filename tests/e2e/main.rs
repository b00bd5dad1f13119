//! wxlogin as its users meet it: the real executable, a simulated WeChat, real HTTP.

mod architecture;
mod command_line;
mod document;
mod faults;
mod original;
mod problems;
mod secrets;
mod shutdown;
mod sign_in;
mod support;
