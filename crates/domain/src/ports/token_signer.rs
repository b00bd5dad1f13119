use zeroize::Zeroizing;

use super::CryptoFault;
use crate::model::{AccessClaims, AccessToken, opaque_debug};

/// A private signing key in PKCS#8 (RFC 5958), wiped when dropped.
#[derive(Clone)]
pub struct PrivateKey(pub Zeroizing<Vec<u8>>);

opaque_debug!(PrivateKey);

/// A private key and its id.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// `kid`: the key's RFC 7638 thumbprint.
    pub kid: String,
    /// The key.
    pub private_key: PrivateKey,
}

/// The keys of a signer.
#[derive(Debug, Clone, Default)]
pub struct KeyRing {
    /// The key that signs, which must be published. Without it, nothing can be signed.
    pub signing: Option<SigningKey>,
    /// The keys whose tokens are accepted, in the order in which they are published.
    pub published: Vec<SigningKey>,
}

/// Why a token was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRejected {
    /// The header has our form but names a key that is not installed. Another instance may have created
    /// the key, or the token is forged: nothing else was checked.
    #[error("the access token names a signing key that is not installed")]
    UnknownKey,
    /// The named key did not sign it, or it is not an access token of this service.
    #[error("the access token was not signed by this service")]
    Forged,
}

/// Signs and verifies access tokens: JWTs (RFC 7519) with ES256 and nothing else.
///
/// - `generate` returns a new key each time.
/// - `install` replaces all keys at once. The signing key signs, the published keys verify. It fails
///   without changing the keys if the signing key is not published or if a key does not match its id.
/// - `sign` fails without a signing key.
/// - `verify` returns the claims that were passed to `sign`, with times cut to whole seconds.
/// - `verify` rejects another algorithm, an unknown or missing `kid`, a changed byte, a missing claim,
///   and more than [`AccessToken::MAX_LEN`] bytes. It ignores keys inside a token. It does not check
///   times, issuer and audience: the caller does.
/// - A token with our form of header and an unpublished key is an `UnknownKey`. Every other rejected
///   token is `Forged`.
/// - `jwks` contains every published key, in order, and no private members.
pub trait TokenSigner: Send + Sync {
    /// Generates a new key with the cryptographic library's own randomness.
    fn generate(&self) -> Result<SigningKey, CryptoFault>;

    /// Replaces all keys.
    fn install(&self, ring: &KeyRing) -> Result<(), CryptoFault>;

    /// Signs with the signing key.
    fn sign(&self, claims: &AccessClaims) -> Result<AccessToken, CryptoFault>;

    /// Checks the signature and reads the claims.
    fn verify(&self, token: &str) -> Result<AccessClaims, TokenRejected>;

    /// Returns the published keys as a JWK Set (RFC 7517) in compact JSON. Equal keys give equal text.
    fn jwks(&self) -> String;
}
