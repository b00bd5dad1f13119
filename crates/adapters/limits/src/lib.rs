//! A rate limiter in memory.
//!
//! It implements the generic cell rate algorithm (ITU-T I.371, annex A), because the `governor` crate
//! cannot return a permit.

mod memory;

pub use memory::MemoryRateLimiter;
