//! Rate limiters in memory.
//!
//! [`AddressLimiter`] limits failures per client address, and [`UserLimiter`] costly calls per user and
//! app. The second one is `governor`, an implementation of the generic cell rate algorithm (ITU-T I.371,
//! annex A). The first one implements the same algorithm itself, because `governor` cannot return a permit.

mod address;
mod memory;
mod user;

pub use address::AddressLimiter;
pub use memory::MemoryRateLimiter;
pub use user::{CallQuotas, UserLimiter};
