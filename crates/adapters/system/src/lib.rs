//! The system's clock and random number generator.

mod clock;
mod randomness;

pub use clock::SystemClock;
pub use randomness::SystemRandomness;
