//! What signing in with WeChat means: checked values, entities, ports and use cases.
//!
//! This crate knows no HTTP, SQL, BSON, environment or clock. The outside world comes in through
//! the traits of [`ports`]; what happens is decided in [`usecase`]; [`model`] holds the words.

pub mod model;
pub mod ports;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod usecase;
