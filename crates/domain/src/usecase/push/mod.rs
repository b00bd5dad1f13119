//! Messages that WeChat pushes, and what is done about them.

pub mod pushes;
