//! Key derivation, sealing and token signing, on AWS-LC.
//!
//! [`MasterKeySealer`] derives everything it needs from the one [`MasterKey`]; [`JwtSigner`] works
//! with signing keys that it is handed and knows nothing of the master key.

mod jwt;
mod master_key;
mod sealer;

pub use jwt::JwtSigner;
pub use master_key::MasterKey;
pub use sealer::MasterKeySealer;
