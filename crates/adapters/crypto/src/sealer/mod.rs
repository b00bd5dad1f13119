//! Sealed values, keyed tags and the key check value, all derived from the master key, and opened with
//! previous ones.
//!
//! ```text
//! master key ─ HKDF-Extract (RFC 5869, SHA-256, no salt) ─ HKDF-Expand, one label per purpose
//!   "wxlogin seal"       → a key from which one AES-256-GCM key per place is derived
//!   "wxlogin tag …"      → an HMAC-SHA256 key (RFC 2104) for each purpose: "session key", "replay",
//!                          "replay fingerprint", "refresh token", "refresh token outer",
//!                          "tombstone", "push", "phone"
//!   "wxlogin key id"     → four bytes in every sealed value
//!   "wxlogin key check"  → the check value that a database stores
//!
//! sealed value = version (1 byte) ‖ key id (4) ‖ nonce (12) ‖ ciphertext ‖ tag (16)
//! ```
//!
//! Each place has its own key because random 96-bit nonces are safe for only about 2³² values under one
//! key (NIST SP 800-38D, 8.3). One row never reaches that; all rows together might.
//!
//! The key of tombstones outlives a rotation of the master key: it stays the one that was derived from the
//! deployment's first master key, and is stored encrypted ([`MasterKeySealer::for_deployment`]).

mod derived_keys;
mod tag_keys;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use aws_lc_rs::aead::NONCE_LEN;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use wxlogin_domain::ports::{
    CannotOpen, CryptoFault, Deployment, KeyId, KeyedTag, Place, Randomness, Sealed, Sealer,
    TagPurpose,
};
use zeroize::Zeroizing;

use self::derived_keys::{DerivedKeys, VERSION, key_id, root};
use crate::MasterKey;

/// Where a database keeps the key of tombstones.
const TOMBSTONE_KEY: Place<'_> = Place { table: "deployment", column: "tombstone_key", row: &[] };

/// The [`Sealer`] of a deployment. Sealing and opening cost one HKDF-Expand and one AES-GCM each, tagging
/// costs one HMAC.
pub struct MasterKeySealer {
    current: DerivedKeys,
    previous: Vec<DerivedKeys>,
    randomness: Arc<dyn Randomness>,
}

impl MasterKey {
    /// Returns the id, which every value that is sealed with this key contains.
    pub fn id(&self) -> Result<KeyId, CryptoFault> {
        key_id(&root(self)).map_err(|Unspecified| CryptoFault)
    }
}

impl MasterKeySealer {
    /// Derives the keys.
    pub fn new(master: &MasterKey, randomness: Arc<dyn Randomness>) -> Result<Self, CryptoFault> {
        let current = DerivedKeys::of(master).map_err(|Unspecified| CryptoFault)?;
        Ok(Self { current, previous: Vec::new(), randomness })
    }

    /// Opens what was sealed with these master keys, too. Their ids differ.
    pub fn with_previous(mut self, masters: &[MasterKey]) -> Result<Self, CryptoFault> {
        let previous = masters.iter().map(DerivedKeys::of).collect::<Result<_, _>>();
        self.previous = previous.map_err(|Unspecified| CryptoFault)?;
        Ok(self)
    }

    /// Returns the check values of the previous keys.
    #[must_use]
    pub fn previous_key_checks(&self) -> Vec<KeyedTag> {
        self.previous.iter().map(|keys| keys.key_check).collect()
    }

    /// Takes over the deployment's key of tombstones. While the database has stored none, it is the one
    /// of the master key that the database names.
    pub fn for_deployment(mut self, deployment: &Deployment) -> Result<Self, CannotOpen> {
        let key = if let Some(rotation) = &deployment.rotation {
            let key = self.open(TOMBSTONE_KEY, &rotation.tombstone_key)?;
            Zeroizing::new(key.as_slice().try_into().map_err(|_| CannotOpen::Damaged)?)
        } else {
            let named = self.all().find(|keys| keys.key_check == deployment.key_check);
            Zeroizing::new(*named.unwrap_or(&self.current).tag_keys.tombstone())
        };
        self.current.tag_keys.set_tombstone(key);
        Ok(self)
    }

    fn all(&self) -> impl Iterator<Item = &DerivedKeys> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    fn try_seal(&self, place: &[u8], value: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut nonce = [0; NONCE_LEN];
        self.randomness.fill(&mut nonce);
        self.current.try_seal(nonce, place, value)
    }
}

impl Sealer for MasterKeySealer {
    fn seal(&self, place: Place<'_>, value: &[u8]) -> Result<Sealed, CryptoFault> {
        self.try_seal(&encode(place), value).map(Sealed).map_err(|Unspecified| CryptoFault)
    }

    fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let id = match sealed.0.first_chunk() {
            Some([VERSION, a, b, c, d]) => KeyId([*a, *b, *c, *d]),
            _ => return Err(CannotOpen::Damaged),
        };
        let keys = self.all().find(|keys| keys.id() == id).ok_or(CannotOpen::UnknownKey(id))?;
        keys.try_open(&encode(place), &sealed.0).ok_or(CannotOpen::Damaged)
    }

    fn is_current(&self, sealed: &Sealed) -> bool {
        sealed.0.starts_with(&self.current.header)
    }

    fn tag(&self, purpose: TagPurpose, value: &[u8]) -> KeyedTag {
        tag(&self.current, purpose, value)
    }

    fn previous_tags(&self, purpose: TagPurpose, value: &[u8]) -> Vec<KeyedTag> {
        match purpose {
            // It has one key, whatever the master key is.
            TagPurpose::Tombstone => Vec::new(),
            _ => self.previous.iter().map(|keys| tag(keys, purpose, value)).collect(),
        }
    }

    fn matches(&self, purpose: TagPurpose, value: &[u8], tag: &KeyedTag) -> bool {
        let is_under =
            |keys: &DerivedKeys| hmac::verify(keys.tag_keys.of(purpose), value, &tag.0).is_ok();
        match purpose {
            TagPurpose::Tombstone => is_under(&self.current),
            _ => self.all().any(is_under),
        }
    }

    fn key_id(&self) -> KeyId {
        self.current.id()
    }

    fn previous_key_ids(&self) -> Vec<KeyId> {
        self.previous.iter().map(DerivedKeys::id).collect()
    }

    fn key_check(&self) -> KeyedTag {
        self.current.key_check
    }

    fn sealed_tombstone_key(&self) -> Result<Sealed, CryptoFault> {
        self.seal(TOMBSTONE_KEY, self.current.tag_keys.tombstone())
    }
}

fn tag(keys: &DerivedKeys, purpose: TagPurpose, value: &[u8]) -> KeyedTag {
    let mut tag = [0; 32];
    tag.copy_from_slice(hmac::sign(keys.tag_keys.of(purpose), value).as_ref());
    KeyedTag(tag)
}

/// Encodes every part after its length in 8 bytes, so that different places have different encodings.
fn encode(place: Place<'_>) -> Vec<u8> {
    let parts = [place.table.as_bytes(), place.column.as_bytes()];
    let mut encoded = Vec::new();
    for part in parts.iter().chain(place.row) {
        encoded.extend_from_slice(&(part.len() as u64).to_be_bytes());
        encoded.extend_from_slice(part);
    }
    encoded
}
