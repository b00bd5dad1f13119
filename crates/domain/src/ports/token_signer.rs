use zeroize::Zeroizing;

use super::CryptoFault;
use crate::model::{AccessClaims, AccessToken};

/// A private signing key in PKCS#8 (RFC 5958), wiped when dropped.
#[derive(Clone)]
pub struct PrivateKey(pub Zeroizing<Vec<u8>>);

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

/// A private key with the name tokens know it by.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// `kid`: the key's RFC 7638 thumbprint.
    pub kid: String,
    /// The key.
    pub private_key: PrivateKey,
}

/// A token that no installed key signed, or that does not say what an access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token was not signed by this service")]
pub struct TokenRejected;

/// Signs and verifies access tokens: JWTs (RFC 7519) with ES256 and nothing else.
///
/// - `generate` gives a new key each time.
/// - `install` replaces all keys at once; the first signs, all verify.
/// - `sign` before any `install` is a fault.
/// - `verify` gives back exactly the claims that `sign` took, times cut to whole seconds.
/// - `verify` refuses any other algorithm, an unknown or missing `kid`, a changed byte, a missing
///   claim. It does not look at the time, the issuer or the audience: that is the caller's.
pub trait TokenSigner: Send + Sync {
    /// Makes a new key from the cryptographic library's own randomness.
    fn generate(&self) -> Result<SigningKey, CryptoFault>;

    /// Replaces all keys.
    fn install(&self, keys: &[SigningKey]) -> Result<(), CryptoFault>;

    /// Signs with the first installed key.
    fn sign(&self, claims: &AccessClaims) -> Result<AccessToken, CryptoFault>;

    /// Checks the signature and reads the claims.
    fn verify(&self, token: &str) -> Result<AccessClaims, TokenRejected>;
}
