//! The machine's clock and randomness.

mod clock;
mod randomness;

pub use clock::SystemClock;
pub use randomness::SystemRandomness;
