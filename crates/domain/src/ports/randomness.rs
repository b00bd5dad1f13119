/// The only source of chance.
///
/// Every byte is fit for keys and nonces: unpredictable, and never the same in two processes.
/// (Private signing keys and signature nonces are made inside the cryptographic library.)
pub trait Randomness: Send + Sync {
    /// Fills `bytes` with chance. There is no safe way to go on without it, so an implementation
    /// whose source fails ends the process.
    fn fill(&self, bytes: &mut [u8]);
}
