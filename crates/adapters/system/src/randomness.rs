use std::process;

use wxlogin_domain::ports::Randomness;

/// The random number generator of AWS-LC, seeded by the operating system and safe across `fork`.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    #[expect(clippy::disallowed_methods, reason = "this is the `Randomness` everyone else uses")]
    fn fill(&self, bytes: &mut [u8]) {
        if aws_lc_rs::rand::fill(bytes).is_err() {
            // A panic could be caught, and the caller would continue with a predictable key.
            tracing::error!("the random number generator failed, so the process ends");
            process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_random() {
        let filled = |_| {
            let mut bytes = [0; 32];
            SystemRandomness.fill(&mut bytes);
            bytes
        };
        let drawn: Vec<[u8; 32]> = (0..64).map(filled).collect();
        for (i, bytes) in drawn.iter().enumerate() {
            assert!(!drawn[..i].contains(bytes));
        }
        // A byte that is zero in all 64 draws was not filled: the probability is 2⁻⁵⁰⁷.
        assert!((0..32).all(|at| drawn.iter().any(|bytes| bytes[at] != 0)));
    }

    #[test]
    fn an_empty_slice_is_accepted() {
        SystemRandomness.fill(&mut []);
    }
}
