//! What signing in with WeChat means: checked values, entities, ports and use cases.
//!
//! This crate knows no HTTP, SQL, BSON, environment or clock. The outside world comes in through
//! the traits of [`ports`]; [`account`] has the rules of accounts, [`usecase`] what is done with them, and
//! [`model`] the values.

pub mod account;
pub mod model;
pub mod ports;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod usecase;
