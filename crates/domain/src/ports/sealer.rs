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

/// The id of a master key, which every sealed value contains. It reveals nothing about the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId(pub [u8; 4]);

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

/// A sealed value cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotOpen {
    /// It was sealed with a master key that is not configured.
    #[error(
        "cannot decrypt a stored secret: it was encrypted with master key {0}, which is not configured; add that key to previous_master_keys"
    )]
    UnknownKey(KeyId),
    /// It was sealed for another place, or is damaged.
    #[error("cannot decrypt a stored secret: it was encrypted for another row, or it is damaged")]
    Damaged,
}

/// The cryptographic library failed for a valid call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library failed")]
pub struct CryptoFault;

/// Encryption at rest. All keys are derived from the current master key and the previous ones.
///
/// - `seal` and `tag` use the current key.
/// - `open` returns the value that was passed to `seal` for the same place, also in another process, if
///   that key is current or previous.
/// - `open` fails for another place, for an unknown master key, and if any byte was changed.
/// - Sealing the same value twice gives different bytes.
/// - `tag` depends only on purpose, value and master key. Tags of [`TagPurpose::Tombstone`] do not change
///   when the master key does.
/// - `matches` is true only for the results of `tag` under the current and the previous keys.
/// - `key_id` and `key_check` depend only on the master key and reveal nothing about it.
pub trait Sealer: Send + Sync {
    /// Encrypts a value for its place.
    fn seal(&self, place: Place<'_>, value: &[u8]) -> Result<Sealed, CryptoFault>;

    /// Decrypts a value at its place, whichever configured key it was sealed with.
    fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, CannotOpen>;

    /// Whether a value was sealed with the current key.
    fn is_current(&self, sealed: &Sealed) -> bool;

    /// Returns the keyed hash of a value.
    fn tag(&self, purpose: TagPurpose, value: &[u8]) -> KeyedTag;

    /// Returns the keyed hashes of a value under the previous keys, in the order of the configuration.
    fn previous_tags(&self, purpose: TagPurpose, value: &[u8]) -> Vec<KeyedTag>;

    /// Whether `tag` is the keyed hash of the value under any configured key. The comparison takes constant time, so use it for
    /// tags that a client sent.
    fn matches(&self, purpose: TagPurpose, value: &[u8], tag: &KeyedTag) -> bool;

    /// Returns the id of the current master key.
    fn key_id(&self) -> KeyId;

    /// Returns the ids of the previous master keys, in the order of the configuration.
    fn previous_key_ids(&self) -> Vec<KeyId>;

    /// Returns the check value by which a database detects a wrong master key.
    fn key_check(&self) -> KeyedTag;

    /// Returns the key of tombstones, encrypted with the current master key.
    fn sealed_tombstone_key(&self) -> Result<Sealed, CryptoFault>;
}
