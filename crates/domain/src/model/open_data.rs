use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::secret::opaque_debug;
use super::{AppId, Malformed, Timestamp};

/// Length of an AES block and of the IV, in bytes.
const BLOCK: usize = 16;

/// How far a watermark may lie in the future, because WeChat's clock and ours may differ.
const MAX_CLOCK_SKEW: Duration = Duration::from_mins(1);

/// The decoded `encryptedData` and `iv` that WeChat gives to a mini-program
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html>). Only
/// the lengths are checked.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptedData {
    ciphertext: Vec<u8>,
    iv: [u8; BLOCK],
}

/// Why two texts are not valid [`EncryptedData`]. No key is needed to see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotEncryptedData {
    /// One of the texts is not base64.
    #[error(transparent)]
    NotBase64(Malformed),
    /// The data is empty, too long or not whole blocks, or the IV is not one block.
    #[error(
        "encryptedData must be 16-byte blocks in at most 16 KiB of base64, and iv must be one block"
    )]
    WrongLength,
}

impl EncryptedData {
    /// Maximum length of `encryptedData`, in characters of base64. WeChat's has a few hundred.
    pub const MAX_LEN: usize = 16 * 1024;

    /// Decodes both texts: standard base64 with padding (RFC 4648, section 4).
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

    /// Returns the ciphertext, one or more whole blocks.
    #[must_use]
    pub fn ciphertext(&self) -> &[u8] {
        &self.ciphertext
    }

    /// Returns the IV. The client sends it and so controls the first block of the plaintext.
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
            "encryptedData and iv must be base64 without spaces; form encoding turns plus signs into \
             spaces, so send them as JSON or percent-encoded"
        } else {
            "encryptedData and iv must be base64 with padding"
        }))
    })
}

/// The watermark that WeChat adds to the data it encrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watermark {
    /// The mini-program that got the data.
    pub app_id: AppId,
    /// When WeChat encrypted it, in whole seconds.
    pub at: Timestamp,
}

impl Watermark {
    /// Whether it names the app and is at most `max_age` old.
    pub(crate) fn fits(&self, app_id: &AppId, now: Timestamp, max_age: Duration) -> bool {
        self.app_id == *app_id
            && self.at <= now.plus(MAX_CLOCK_SKEW)
            && now.since(self.at) <= max_age
    }
}

/// Decrypted data whose watermark has not been checked yet.
pub struct OpenedData {
    /// The decrypted JSON object.
    pub json: Zeroizing<String>,
    /// Its member `watermark`.
    pub watermark: Watermark,
}

/// Decrypted data whose watermark has been checked.
///
/// It is not authenticated, because CBC is not: the client chooses the IV and with it the first 16
/// bytes, so it can turn a nickname into a phone number under a valid watermark. Take a unionid from
/// `code2Session` and a phone number from `getuserphonenumber`, never from here.
pub struct OpenData {
    json: Zeroizing<String>,
    watermark: Watermark,
}

impl OpenData {
    /// Accepts data whose watermark names the app and is at most `max_age` old.
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

    /// Returns the JSON object.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Returns the watermark.
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
    fn whole_blocks_are_accepted() {
        let data = EncryptedData::parse(BLOCKS, IV).unwrap();
        assert_eq!((data.ciphertext().len(), data.iv()[0]), (32, 0xaf));
        assert_eq!(format!("{data:?}"), "EncryptedData(32 bytes)");
    }

    #[test]
    fn impossible_lengths_are_rejected() {
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
    fn spaces_from_form_encoding_have_an_error_of_their_own() {
        let error = |data: &str, iv: &str| EncryptedData::parse(data, iv).unwrap_err().to_string();
        let plus = BASE64_STANDARD.encode([0xfb; 16]);
        assert!(plus.contains('+'));
        let spaces = plus.replace('+', " ");
        for error in [error(&spaces, IV), error(BLOCKS, &spaces)] {
            assert!(error.contains("plus signs"), "{error}");
        }
        for text in
            ["=", "AAAA\n", "AAA", "AA==AA==", "AB==", &plus.replace('+', "-"), "你好", "%2B%2B"]
        {
            let error = error(text, IV);
            assert!(!error.contains("plus") && error.contains("base64"), "{text}: {error}");
        }
    }

    #[test]
    fn a_watermark_must_name_the_app_and_be_recent() {
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
