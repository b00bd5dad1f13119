use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::secret::opaque_debug;
use super::{AppId, Malformed, Timestamp};

/// The length of an AES block, and of the IV.
const BLOCK: usize = 16;

/// How far ahead of this machine's clock a watermark may be: both clocks are set by the network.
const CLOCKS_APART: Duration = Duration::from_mins(1);

/// What WeChat gives to a mini-program as `encryptedData` and `iv`, out of its base64
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html>): whole
/// blocks, of which nothing more is known.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptedData {
    ciphertext: Vec<u8>,
    iv: [u8; BLOCK],
}

/// Why two texts are no [`EncryptedData`]. It can be seen without any key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotEncryptedData {
    /// One of the texts is not base64.
    #[error(transparent)]
    NotBase64(Malformed),
    /// The bytes are not whole blocks, are none or too many, or the IV is not one block.
    #[error("encrypted data is whole blocks of 16 bytes, at most 16 KiB, with an iv of one block")]
    WrongLength,
}

impl EncryptedData {
    /// Longest `encryptedData` taken, in characters of base64; WeChat's have some hundreds.
    pub const MAX_LEN: usize = 16 * 1024;

    /// Reads both texts: standard base64 with its padding (RFC 4648, section 4) and nothing beside.
    pub fn parse(encrypted_data: &str, iv: &str) -> Result<Self, NotEncryptedData> {
        if encrypted_data.len() > Self::MAX_LEN || iv.len() > Self::MAX_LEN {
            return Err(NotEncryptedData::WrongLength);
        }
        let (ciphertext, iv) = (decode(encrypted_data)?, decode(iv)?);
        if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(BLOCK) {
            return Err(NotEncryptedData::WrongLength);
        }
        let iv = iv.try_into().map_err(|_| NotEncryptedData::WrongLength)?;
        Ok(Self { ciphertext, iv })
    }

    /// The ciphertext: at least one block, and nothing but whole ones.
    #[must_use]
    pub fn ciphertext(&self) -> &[u8] {
        &self.ciphertext
    }

    /// The IV. The client brings it, so the first block of the plaintext is whatever the client
    /// wants it to be.
    #[must_use]
    pub fn iv(&self) -> [u8; BLOCK] {
        self.iv
    }
}

impl fmt::Debug for EncryptedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptedData({} bytes)", self.ciphertext.len())
    }
}

fn decode(text: &str) -> Result<Vec<u8>, NotEncryptedData> {
    BASE64_STANDARD.decode(text).map_err(|_| {
        NotEncryptedData::NotBase64(Malformed(if text.contains(' ') {
            "encryptedData and iv are base64, which has plus signs and no blanks: a form turns one \
             into the other, so send them as JSON or percent-encoded"
        } else {
            "encryptedData and iv are base64 with its padding"
        }))
    })
}

/// WeChat's mark on what it encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watermark {
    /// The mini-program that the data was given to.
    pub app_id: AppId,
    /// When that was, in whole seconds.
    pub at: Timestamp,
}

impl Watermark {
    fn fits(&self, app_id: &AppId, now: Timestamp, max_age: Duration) -> bool {
        self.app_id == *app_id && self.at <= now.plus(CLOCKS_APART) && now.since(self.at) <= max_age
    }
}

/// What a session key has opened: JSON with a watermark, and nobody has looked yet whose.
pub struct OpenedData {
    /// The JSON text of an object, as it was decrypted.
    pub json: Zeroizing<String>,
    /// What its member `watermark` says.
    pub watermark: Watermark,
}

/// Open data with a watermark that was looked at.
///
/// It is never authority: CBC does not authenticate. Whoever holds a ciphertext brings the IV too,
/// and with it writes the first sixteen bytes as they like, so that a nickname chosen for the purpose
/// becomes a phone number under a watermark that is right. A unionid comes from `code2Session` and a
/// phone number from `getuserphonenumber`, and neither from here.
pub struct OpenData {
    json: Zeroizing<String>,
    watermark: Watermark,
}

impl OpenData {
    /// Takes data whose watermark names the app and is at most `max_age` old.
    #[must_use]
    pub fn accept(
        opened: OpenedData,
        app_id: &AppId,
        now: Timestamp,
        max_age: Duration,
    ) -> Option<Self> {
        let OpenedData { json, watermark } = opened;
        watermark.fits(app_id, now, max_age).then_some(Self { json, watermark })
    }

    /// The JSON text of an object, as WeChat or the client made it.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The watermark it was taken for.
    #[must_use]
    pub fn watermark(&self) -> &Watermark {
        &self.watermark
    }
}

// Both hold names and phone numbers.
opaque_debug!(OpenedData);
opaque_debug!(OpenData);

#[cfg(test)]
mod tests {
    use super::*;

    const IV: &str = "r7BXXKkLb8qrSNn05n0qiA==";
    const BLOCKS: &str = "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrA=";

    #[test]
    fn whole_blocks_are_taken() {
        let data = EncryptedData::parse(BLOCKS, IV).unwrap();
        assert_eq!((data.ciphertext().len(), data.iv()[0]), (32, 0xaf));
        assert_eq!(format!("{data:?}"), "EncryptedData(32 bytes)");
    }

    #[test]
    fn lengths_that_no_key_could_open_are_refused() {
        let long = BASE64_STANDARD.encode(vec![0; 12 * 1024 + 16]);
        let cut = BASE64_STANDARD.encode([0; 31]);
        for (data, iv) in [
            ("", IV),
            (&cut, IV),
            (&long, IV),
            (BLOCKS, ""),
            (BLOCKS, BLOCKS),
            (BLOCKS, &BASE64_STANDARD.encode([0; 15])),
        ] {
            assert_eq!(EncryptedData::parse(data, iv), Err(NotEncryptedData::WrongLength));
        }
    }

    #[test]
    fn what_is_not_base64_is_told_from_what_a_form_has_spoilt() {
        let told = |data: &str, iv: &str| EncryptedData::parse(data, iv).unwrap_err().to_string();
        let plus = BASE64_STANDARD.encode([0xfb; 16]);
        assert!(plus.contains('+'));
        for spoilt in [told(&plus.replace('+', " "), IV), told(BLOCKS, &plus.replace('+', " "))] {
            assert!(spoilt.contains("plus signs"), "{spoilt}");
        }
        for text in
            ["=", "AAAA\n", "AAA", "AA==AA==", "AB==", &plus.replace('+', "-"), "你好", "%2B%2B"]
        {
            let told = told(text, IV);
            assert!(!told.contains("plus") && told.contains("base64"), "{text}: {told}");
        }
    }

    #[test]
    fn a_watermark_is_of_this_app_and_not_old() {
        let app = |id: &'static str| AppId::parse(id).unwrap();
        let ours = app("wxdev0000000000001");
        let accept = |app_id, seconds| {
            let json = Zeroizing::new("{}".to_owned());
            let watermark = Watermark { app_id: app(app_id), at: Timestamp::from_seconds(seconds) };
            let now = Timestamp::from_seconds(10_000);
            OpenData::accept(OpenedData { json, watermark }, &ours, now, Duration::from_mins(15))
        };
        for (seconds, accepted) in
            [(10_000, true), (9_100, true), (9_099, false), (10_060, true), (10_061, false)]
        {
            assert_eq!(accept("wxdev0000000000001", seconds).is_some(), accepted, "{seconds}");
        }
        assert!(accept("wxdev0000000000002", 10_000).is_none());
        assert!(accept("wxdev0000000000001", i64::MIN).is_none());
        assert!(accept("wxdev0000000000001", i64::MAX).is_none());
    }
}
