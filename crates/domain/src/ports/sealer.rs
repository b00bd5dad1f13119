use zeroize::Zeroizing;

use crate::model::opaque_debug;

/// Where a sealed value lives. A value opens at the place it was sealed for and nowhere else, so
/// that nobody with write access to the database can move one person's secret to another's row.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table or collection.
    pub table: &'static str,
    /// The column or field.
    pub column: &'static str,
    /// The parts of the row's key.
    pub row: &'a [&'a [u8]],
}

/// An encrypted value as a store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// What a keyed tag is for; tags of different purposes cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagPurpose {
    /// Tells whether two session keys are the same without opening them.
    SessionKey,
    /// Finds the session that an idempotency key opened.
    Replay,
    /// Tells whether a repeated request is the one its idempotency key was first used with.
    ReplayFingerprint,
    /// Authenticates a refresh token.
    RefreshToken,
    /// Recognises a banned person who erased their account.
    Tombstone,
    /// Recognises a push that WeChat repeats.
    Push,
    /// Tells whether two users have the same phone number.
    Phone,
}

/// A keyed hash of a value: equal values have equal tags, and without the master key a tag cannot
/// be computed or guessed from.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyedTag(pub [u8; 32]);

opaque_debug!(KeyedTag);

/// A sealed value does not open: another key, another place, or damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored secret does not open: it was sealed with another key or for another place")]
pub struct CannotOpen;

/// The cryptographic library refused a call that is always well-formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library failed")]
pub struct CryptoFault;

/// Encryption at rest, everything derived from the one master key.
///
/// - What `seal` made, `open` gives back for the same place, also in another process that has the
///   same master key.
/// - For any other place, another master key, or after any change of any byte, `open` is an error.
/// - Sealing the same value twice gives different bytes.
/// - `tag` depends on purpose, value and master key, and on nothing else.
/// - `matches` is true for the tag that `tag` gives, and false for any other.
/// - `key_id` and `key_check` depend on the master key alone and tell nothing about it.
pub trait Sealer: Send + Sync {
    /// Encrypts a value for its place.
    fn seal(&self, place: Place<'_>, value: &[u8]) -> Result<Sealed, CryptoFault>;

    /// Decrypts a value at its place.
    fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, CannotOpen>;

    /// The keyed hash of a value.
    fn tag(&self, purpose: TagPurpose, value: &[u8]) -> KeyedTag;

    /// Whether `tag` is the keyed hash of the value. For tags that somebody outside may have made
    /// up: it takes equally long wherever they differ.
    fn matches(&self, purpose: TagPurpose, value: &[u8], tag: &KeyedTag) -> bool;

    /// The master key's name in every sealed value, and in whatever else has to say which master
    /// key it was made with.
    fn key_id(&self) -> [u8; 4];

    /// What a database remembers to notice a wrong master key.
    fn key_check(&self) -> KeyedTag;
}
