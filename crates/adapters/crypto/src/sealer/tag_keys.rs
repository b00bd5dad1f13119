use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk};
use aws_lc_rs::hmac;
use wxlogin_domain::ports::TagPurpose;
use zeroize::Zeroizing;

/// An HMAC-SHA256 key for each purpose.
pub(super) struct TagKeys {
    session_key: hmac::Key,
    replay: hmac::Key,
    replay_fingerprint: hmac::Key,
    refresh_token: hmac::Key,
    refresh_token_outer: hmac::Key,
    tombstone: hmac::Key,
    tombstone_bytes: Zeroizing<[u8; 32]>,
    push: hmac::Key,
    phone: hmac::Key,
}

impl TagKeys {
    pub(super) fn derive(root: &Prk) -> Result<Self, Unspecified> {
        let key = |label: &str| -> Result<hmac::Key, Unspecified> {
            let info = [b"wxlogin tag ", label.as_bytes()];
            Ok(root.expand(&info, HKDF_SHA256.hmac_algorithm())?.into())
        };
        let mut tombstone = Zeroizing::new([0; 32]);
        root.expand(&[b"wxlogin tag tombstone"], HKDF_SHA256)?.fill(tombstone.as_mut_slice())?;
        Ok(Self {
            session_key: key("session key")?,
            replay: key("replay")?,
            replay_fingerprint: key("replay fingerprint")?,
            refresh_token: key("refresh token")?,
            refresh_token_outer: key("refresh token outer")?,
            tombstone: hmac_key(&tombstone),
            tombstone_bytes: tombstone,
            push: key("push")?,
            phone: key("phone")?,
        })
    }

    /// The key of tombstones.
    pub(super) fn tombstone(&self) -> &[u8; 32] {
        &self.tombstone_bytes
    }

    /// Replaces the key of tombstones.
    pub(super) fn set_tombstone(&mut self, key: Zeroizing<[u8; 32]>) {
        self.tombstone = hmac_key(&key);
        self.tombstone_bytes = key;
    }

    pub(super) fn of(&self, purpose: TagPurpose) -> &hmac::Key {
        match purpose {
            TagPurpose::SessionKey => &self.session_key,
            TagPurpose::Replay => &self.replay,
            TagPurpose::ReplayFingerprint => &self.replay_fingerprint,
            TagPurpose::RefreshToken => &self.refresh_token,
            TagPurpose::RefreshTokenOuter => &self.refresh_token_outer,
            TagPurpose::Tombstone => &self.tombstone,
            TagPurpose::Push => &self.push,
            TagPurpose::Phone => &self.phone,
        }
    }
}

fn hmac_key(bytes: &[u8; 32]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}
