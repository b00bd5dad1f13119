//! Who may call how often, counted in memory.
//!
//! The generic cell rate algorithm (ITU-T I.371, annex A), written out because the `governor`
//! crate cannot give a permit back.

mod memory;

pub use memory::MemoryRateLimiter;
