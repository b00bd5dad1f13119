/// The only source of randomness.
///
/// Every byte is unpredictable and fit for keys and nonces, also across processes. (The cryptographic
/// library makes private signing keys and signature nonces itself.)
pub trait Randomness: Send + Sync {
    /// Fills `bytes` with random bytes. If the source fails, the implementation ends the process, because
    /// no safe way to continue exists.
    fn fill(&self, bytes: &mut [u8]);
}
