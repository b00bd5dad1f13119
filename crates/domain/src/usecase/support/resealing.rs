use crate::ports::{CannotOpen, CryptoFault};

/// A stored secret could not be encrypted again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CannotReseal {
    /// It cannot be decrypted.
    #[error(transparent)]
    Open(#[from] CannotOpen),
    /// It cannot be encrypted.
    #[error(transparent)]
    Seal(#[from] CryptoFault),
}
