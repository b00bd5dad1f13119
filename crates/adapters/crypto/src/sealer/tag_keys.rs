use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk};
use aws_lc_rs::hmac;
use wxlogin_domain::ports::TagPurpose;

/// An HMAC-SHA256 key for each purpose.
pub(super) struct TagKeys {
    session_key: hmac::Key,
    replay: hmac::Key,
    replay_fingerprint: hmac::Key,
    refresh_token: hmac::Key,
    refresh_token_outer: hmac::Key,
    tombstone: hmac::Key,
    push: hmac::Key,
    phone: hmac::Key,
}

impl TagKeys {
    pub(super) fn derive(root: &Prk) -> Result<Self, Unspecified> {
        let key = |label: &str| -> Result<hmac::Key, Unspecified> {
            let info = [b"wxlogin tag ", label.as_bytes()];
            Ok(root.expand(&info, HKDF_SHA256.hmac_algorithm())?.into())
        };
        Ok(Self {
            session_key: key("session key")?,
            replay: key("replay")?,
            replay_fingerprint: key("replay fingerprint")?,
            refresh_token: key("refresh token")?,
            refresh_token_outer: key("refresh token outer")?,
            tombstone: key("tombstone")?,
            push: key("push")?,
            phone: key("phone")?,
        })
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
