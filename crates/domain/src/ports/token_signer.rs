use zeroize::Zeroizing;

use super::CryptoFault;
use crate::model::{AccessClaims, AccessToken, opaque_debug};

/// A private signing key in PKCS#8 (RFC 5958), wiped when dropped.
#[derive(Clone)]
pub struct PrivateKey(pub Zeroizing<Vec<u8>>);

opaque_debug!(PrivateKey);

/// A private key with the name tokens know it by.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// `kid`: the key's RFC 7638 thumbprint.
    pub kid: String,
    /// The key.
    pub private_key: PrivateKey,
}

/// The keys a signer works with.
#[derive(Debug, Clone, Default)]
pub struct KeyRing {
    /// The key that signs, one of the published ones. Without it nothing is signed.
    pub signing: Option<SigningKey>,
    /// The keys whose tokens hold, in the order in which they are published.
    pub published: Vec<SigningKey>,
}

/// A token that does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRejected {
    /// Its header is one of ours but names a key that is not installed. Another instance may have
    /// made the key since, or anybody at all the token: nothing else about it was looked at.
    #[error("the access token names a signing key that is not installed")]
    UnknownKey,
    /// The key it names did not sign it, or it is not an access token of this service at all.
    #[error("the access token was not signed by this service")]
    Forged,
}

/// Signs and verifies access tokens: JWTs (RFC 7519) with ES256 and nothing else.
///
/// - `generate` gives a new key each time.
/// - `install` replaces all keys at once: the signing key signs, the published ones verify. When
///   the signing key is not a published one, or a key is not what its name says, it is a fault and
///   the keys stay as they were.
/// - `sign` without a signing key is a fault.
/// - `verify` gives back exactly the claims that `sign` took, times cut to whole seconds.
/// - `verify` refuses any other algorithm, an unknown or missing `kid`, a changed byte, a missing
///   claim, more than [`AccessToken::MAX_LEN`] bytes. Keys that a token brings along count for
///   nothing. It does not look at the time, the issuer or the audience: that is the caller's.
/// - A token with a header of ours and the name of a key that is not published is an `UnknownKey`,
///   and whatever else is refused is `Forged`.
/// - `jwks` has every published key, in order, and never a private member.
pub trait TokenSigner: Send + Sync {
    /// Makes a new key from the cryptographic library's own randomness.
    fn generate(&self) -> Result<SigningKey, CryptoFault>;

    /// Replaces all keys.
    fn install(&self, ring: &KeyRing) -> Result<(), CryptoFault>;

    /// Signs with the signing key.
    fn sign(&self, claims: &AccessClaims) -> Result<AccessToken, CryptoFault>;

    /// Checks the signature and reads the claims.
    fn verify(&self, token: &str) -> Result<AccessClaims, TokenRejected>;

    /// The public halves of the published keys as a JWK Set (RFC 7517) in compact JSON, the same
    /// text for the same keys.
    fn jwks(&self) -> String;
}
