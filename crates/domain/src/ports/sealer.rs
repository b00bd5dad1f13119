use zeroize::Zeroizing;

use crate::model::opaque_debug;

/// The table, column and row of a sealed value. A value can be opened only for the place it was sealed
/// for, so that write access to the database is not enough to move a secret to another user's row.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table or collection.
    pub table: &'static str,
    /// The column or field.
    pub column: &'static str,
    /// The parts of the row's key.
    pub row: &'a [&'a [u8]],
}

/// An encrypted value in the form that stores keep.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// The purpose of a keyed tag. Tags of different purposes cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagPurpose {
    /// Compares two session keys without opening them.
    SessionKey,
    /// Finds the session that was opened with an idempotency key.
    Replay,
    /// Checks that a repeated request equals the first one with its idempotency key.
    ReplayFingerprint,
    /// Authenticates a refresh token, together with its session's salt.
    RefreshToken,
    /// Authenticates a refresh token before its session is looked up.
    RefreshTokenOuter,
    /// Recognises a banned user whose account was erased.
    Tombstone,
    /// Recognises a push message that WeChat repeats.
    Push,
    /// Finds users with the same phone number.
    Phone,
}

/// A keyed hash of a value. Equal values have equal tags. Without the master key, nobody can compute a
/// tag or guess the value from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyedTag(pub [u8; 32]);

opaque_debug!(KeyedTag);

/// A sealed value cannot be opened: wrong master key, wrong place, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot decrypt a stored secret: it was encrypted with another master key or for another row"
)]
pub struct CannotOpen;

/// The cryptographic library failed for a valid call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library failed")]
pub struct CryptoFault;

/// Encryption at rest. All keys are derived from the master key.
///
/// - `open` returns the value that was passed to `seal` for the same place, also in another process with
///   the same master key.
/// - `open` fails for another place, for another master key, and if any byte was changed.
/// - Sealing the same value twice gives different bytes.
/// - `tag` depends only on purpose, value and master key.
/// - `matches` is true only for the result of `tag`.
/// - `key_id` and `key_check` depend only on the master key and reveal nothing about it.
pub trait Sealer: Send + Sync {
    /// Encrypts a value for its place.
    fn seal(&self, place: Place<'_>, value: &[u8]) -> Result<Sealed, CryptoFault>;

    /// Decrypts a value at its place.
    fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, CannotOpen>;

    /// Returns the keyed hash of a value.
    fn tag(&self, purpose: TagPurpose, value: &[u8]) -> KeyedTag;

    /// Whether `tag` is the keyed hash of the value. The comparison takes constant time, so use it for
    /// tags that a client sent.
    fn matches(&self, purpose: TagPurpose, value: &[u8], tag: &KeyedTag) -> bool;

    /// Returns the id of the master key, which every sealed value contains.
    fn key_id(&self) -> [u8; 4];

    /// Returns the check value by which a database detects a wrong master key.
    fn key_check(&self) -> KeyedTag;
}
