//! Sealed values, keyed tags and the key check value, all derived from the master key.
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

mod tag_keys;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use aws_lc_rs::hmac;
use wxlogin_domain::ports::{
    CannotOpen, CryptoFault, KeyedTag, Place, Randomness, Sealed, Sealer, TagPurpose,
};
use zeroize::Zeroizing;

use crate::MasterKey;
use tag_keys::TagKeys;

const VERSION: u8 = 1;
const HEADER_LEN: usize = 5;

/// The [`Sealer`] of a deployment. Sealing and opening cost one HKDF-Expand and one AES-GCM each, tagging
/// costs one HMAC.
pub struct MasterKeySealer {
    /// Version and key id, with which every sealed value begins.
    header: [u8; HEADER_LEN],
    places: Prk,
    tag_keys: TagKeys,
    key_check: KeyedTag,
    randomness: Arc<dyn Randomness>,
}

impl MasterKeySealer {
    /// Derives the keys.
    pub fn new(master: &MasterKey, randomness: Arc<dyn Randomness>) -> Result<Self, CryptoFault> {
        Self::derive(master, randomness).map_err(|Unspecified| CryptoFault)
    }

    fn derive(master: &MasterKey, randomness: Arc<dyn Randomness>) -> Result<Self, Unspecified> {
        let root = Salt::none(HKDF_SHA256).extract(master.expose());
        let [a, b, c, d, ..] = bytes(&root, "wxlogin key id")?;
        Ok(Self {
            header: [VERSION, a, b, c, d],
            places: root.expand(&[b"wxlogin seal"], HKDF_SHA256)?.into(),
            tag_keys: TagKeys::derive(&root)?,
            key_check: KeyedTag(bytes(&root, "wxlogin key check")?),
            randomness,
        })
    }

    fn key_for(&self, place: &[u8]) -> Result<LessSafeKey, Unspecified> {
        Ok(LessSafeKey::new(UnboundKey::from(self.places.expand(&[place], &AES_256_GCM)?)))
    }

    fn try_seal(&self, place: &[u8], value: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut nonce = [0; NONCE_LEN];
        self.randomness.fill(&mut nonce);
        let start = HEADER_LEN + NONCE_LEN;
        // Allocated at full size, because growing would leave a copy of the value in memory.
        let mut sealed = Vec::with_capacity(start + value.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&self.header);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(value);
        let tag = self.key_for(place)?.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(place),
            &mut sealed[start..],
        )?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    fn try_open(&self, place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, ciphertext) = sealed.strip_prefix(&self.header)?.split_first_chunk()?;
        let mut value = Zeroizing::new(ciphertext.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let key = self.key_for(place).ok()?;
        let len = key.open_in_place(nonce, Aad::from(place), &mut value).ok()?.len();
        value.truncate(len);
        Some(value)
    }
}

impl Sealer for MasterKeySealer {
    fn seal(&self, place: Place<'_>, value: &[u8]) -> Result<Sealed, CryptoFault> {
        self.try_seal(&encode(place), value).map(Sealed).map_err(|Unspecified| CryptoFault)
    }

    fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        self.try_open(&encode(place), &sealed.0).ok_or(CannotOpen)
    }

    fn tag(&self, purpose: TagPurpose, value: &[u8]) -> KeyedTag {
        let mut tag = [0; 32];
        tag.copy_from_slice(hmac::sign(self.tag_keys.of(purpose), value).as_ref());
        KeyedTag(tag)
    }

    fn matches(&self, purpose: TagPurpose, value: &[u8], tag: &KeyedTag) -> bool {
        hmac::verify(self.tag_keys.of(purpose), value, &tag.0).is_ok()
    }

    fn key_id(&self) -> [u8; 4] {
        let [_, key_id @ ..] = self.header;
        key_id
    }

    fn key_check(&self) -> KeyedTag {
        self.key_check
    }
}

fn bytes(root: &Prk, label: &str) -> Result<[u8; 32], Unspecified> {
    let mut bytes = [0; 32];
    root.expand(&[label.as_bytes()], HKDF_SHA256)?.fill(&mut bytes)?;
    Ok(bytes)
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
