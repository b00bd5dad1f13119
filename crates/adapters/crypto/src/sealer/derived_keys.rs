use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use wxlogin_domain::ports::{KeyId, KeyedTag};
use zeroize::Zeroizing;

use super::tag_keys::TagKeys;
use crate::MasterKey;

pub(super) const VERSION: u8 = 1;
pub(super) const HEADER_LEN: usize = 5;

/// Everything that is derived from one master key.
pub(super) struct DerivedKeys {
    /// Version and key id, with which every value that it seals begins.
    pub(super) header: [u8; HEADER_LEN],
    places: Prk,
    pub(super) tag_keys: TagKeys,
    pub(super) key_check: KeyedTag,
}

impl DerivedKeys {
    pub(super) fn of(master: &MasterKey) -> Result<Self, Unspecified> {
        let root = root(master);
        let KeyId([a, b, c, d]) = key_id(&root)?;
        Ok(Self {
            header: [VERSION, a, b, c, d],
            places: root.expand(&[b"wxlogin seal"], HKDF_SHA256)?.into(),
            tag_keys: TagKeys::derive(&root)?,
            key_check: KeyedTag(bytes(&root, "wxlogin key check")?),
        })
    }

    pub(super) fn id(&self) -> KeyId {
        let [_, id @ ..] = self.header;
        KeyId(id)
    }

    pub(super) fn key_for(&self, place: &[u8]) -> Result<LessSafeKey, Unspecified> {
        Ok(LessSafeKey::new(UnboundKey::from(self.places.expand(&[place], &AES_256_GCM)?)))
    }

    pub(super) fn try_seal(
        &self,
        nonce: [u8; NONCE_LEN],
        place: &[u8],
        value: &[u8],
    ) -> Result<Vec<u8>, Unspecified> {
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

    pub(super) fn try_open(&self, place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, ciphertext) = sealed.strip_prefix(&self.header)?.split_first_chunk()?;
        let mut value = Zeroizing::new(ciphertext.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let key = self.key_for(place).ok()?;
        let len = key.open_in_place(nonce, Aad::from(place), &mut value).ok()?.len();
        value.truncate(len);
        Some(value)
    }
}

pub(super) fn root(master: &MasterKey) -> Prk {
    Salt::none(HKDF_SHA256).extract(master.expose())
}

pub(super) fn key_id(root: &Prk) -> Result<KeyId, Unspecified> {
    let [a, b, c, d, ..] = bytes(root, "wxlogin key id")?;
    Ok(KeyId([a, b, c, d]))
}

fn bytes(root: &Prk, label: &str) -> Result<[u8; 32], Unspecified> {
    let mut bytes = [0; 32];
    root.expand(&[label.as_bytes()], HKDF_SHA256)?.fill(&mut bytes)?;
    Ok(bytes)
}
