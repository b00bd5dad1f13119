//! Decrypts and verifies the open data that WeChat gives to pages.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{AppId, EncryptedData, Malformed, NotEncryptedData, OpenData, SessionKey};
use crate::ports::{Clock, WechatCrypto};

/// Why open data is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenDataError {
    /// The data or the IV is not base64.
    #[error(transparent)]
    NotBase64(Malformed),
    /// It is not WeChat's: its length or format is wrong.
    #[error("the data is not from WeChat")]
    Invalid,
    /// The data and the IV are from different calls of the page: all blocks but the first open.
    #[error("encryptedData and iv are from different calls")]
    IvMismatch,
    /// It was not encrypted or signed with the user's current session key, or its watermark has
    /// another app or is too old. These are not told apart. The client has to sign in again and ask
    /// WeChat for the data again.
    #[error("the data was not encrypted or signed with the current session key")]
    SessionKeyStale,
}

impl From<NotEncryptedData> for OpenDataError {
    fn from(error: NotEncryptedData) -> Self {
        match error {
            NotEncryptedData::NotBase64(rule) => Self::NotBase64(rule),
            NotEncryptedData::WrongLength => Self::Invalid,
        }
    }
}

/// An identity's session keys. Data that arrives after a login changed the key may have been
/// encrypted with the previous one.
#[derive(Debug, Clone, Copy)]
pub struct SessionKeys<'a> {
    /// The key of the last login.
    pub current: &'a SessionKey,
    /// The key before it, until it expires.
    pub previous: Option<&'a SessionKey>,
}

impl<'a> SessionKeys<'a> {
    fn iter(self) -> impl Iterator<Item = &'a SessionKey> {
        [Some(self.current), self.previous].into_iter().flatten()
    }
}

/// Decrypts and verifies open data.
pub struct OpenDataReader {
    crypto: Arc<dyn WechatCrypto>,
    clock: Arc<dyn Clock>,
    max_age: Duration,
}

impl OpenDataReader {
    /// How old a watermark may be. It has the time at which the page asked WeChat, and the user may
    /// fill in a form before the page sends the data, so five minutes would be short. A longer time
    /// is harmless: leaked data can be decrypted only with its owner's session key, for its owner.
    pub const MAX_AGE: Duration = Duration::from_mins(15);

    /// Creates a reader that refuses data older than `max_age`.
    #[must_use]
    pub fn new(crypto: Arc<dyn WechatCrypto>, clock: Arc<dyn Clock>, max_age: Duration) -> Self {
        Self { crypto, clock, max_age }
    }

    /// Decrypts `encryptedData` with one of the keys. Whatever is wrong with a ciphertext of the
    /// right length, the error is the same, except for recent data of this app and key under another
    /// IV: its owner could decrypt it anyway.
    pub fn open(
        &self,
        app_id: &AppId,
        keys: SessionKeys<'_>,
        encrypted_data: &str,
        iv: &str,
    ) -> Result<OpenData, OpenDataError> {
        let data = EncryptedData::parse(encrypted_data, iv)?;
        let now = self.clock.now();
        let open = |key| {
            let opened = self.crypto.decrypt_open_data(key, &data).ok()?;
            OpenData::accept(opened, app_id, now, self.max_age)
        };
        keys.iter().find_map(open).ok_or_else(|| {
            let is_ours = |key| {
                let watermark = self.crypto.watermark_after_first_block(key, &data);
                watermark.is_some_and(|watermark| watermark.fits(app_id, now, self.max_age))
            };
            if keys.iter().any(is_ours) {
                OpenDataError::IvMismatch
            } else {
                OpenDataError::SessionKeyStale
            }
        })
    }

    /// Checks that WeChat signed `rawData` with one of the keys.
    pub fn verify(
        &self,
        keys: SessionKeys<'_>,
        raw_data: &str,
        signature: &str,
    ) -> Result<(), OpenDataError> {
        let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if signature.len() != 40 || !signature.bytes().all(is_digit) {
            return Err(OpenDataError::Invalid);
        }
        let signed = |key| self.crypto.raw_data_signature_matches(key, raw_data, signature);
        if keys.iter().any(signed) { Ok(()) } else { Err(OpenDataError::SessionKeyStale) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FakeWechatCrypto, ManualClock};

    const APP: &str = "wxdev0000000000001";

    struct Harness {
        clock: Arc<ManualClock>,
        crypto: Arc<FakeWechatCrypto>,
        reader: OpenDataReader,
        app: AppId,
        keys: [SessionKey; 3],
    }

    impl Harness {
        fn new() -> Self {
            let clock = Arc::new(ManualClock::default());
            let crypto = Arc::new(FakeWechatCrypto);
            let reader =
                OpenDataReader::new(crypto.clone(), clock.clone(), OpenDataReader::MAX_AGE);
            let key = |letter: &str| SessionKey::parse(&format!("{}A==", letter.repeat(21)));
            let keys = ["A", "B", "C"].map(|letter| key(letter).unwrap());
            Self { clock, crypto, reader, app: AppId::parse(APP).unwrap(), keys }
        }

        /// The first two keys, and whether there is a second.
        fn keys(&self, both: bool) -> SessionKeys<'_> {
            let [current, previous, _] = &self.keys;
            SessionKeys { current, previous: both.then_some(previous) }
        }

        /// Data encrypted now with one of the keys.
        fn data(&self, key: usize, app_id: &str) -> (String, String) {
            let app = AppId::parse(app_id).unwrap();
            self.crypto.encrypt(&self.keys[key], &app, self.clock.now(), r#"{"nickName":"a"}"#)
        }

        fn open(&self, both: bool, data: &(String, String)) -> Result<OpenData, OpenDataError> {
            self.reader.open(&self.app, self.keys(both), &data.0, &data.1)
        }
    }

    #[test]
    fn either_key_opens() {
        let harness = Harness::new();
        let current = harness.open(true, &harness.data(0, APP)).unwrap();
        assert_eq!(current.json(), r#"{"nickName":"a"}"#);
        assert_eq!(current.watermark().app_id, harness.app);
        assert!(harness.open(true, &harness.data(1, APP)).is_ok());
        for (both, key) in [(false, 1), (false, 2), (true, 2)] {
            let stale = harness.open(both, &harness.data(key, APP)).unwrap_err();
            assert_eq!(stale, OpenDataError::SessionKeyStale, "{both}, {key}");
        }
    }

    #[test]
    fn another_app_or_an_old_watermark_looks_like_another_key() {
        let harness = Harness::new();
        let other = harness.open(true, &harness.data(0, "wxdev0000000000002")).unwrap_err();
        assert_eq!(other, OpenDataError::SessionKeyStale);
        let data = harness.data(0, APP);
        harness.clock.advance(OpenDataReader::MAX_AGE);
        assert!(harness.open(true, &data).is_ok());
        harness.clock.advance(Duration::from_secs(1));
        assert_eq!(harness.open(true, &data).unwrap_err(), OpenDataError::SessionKeyStale);
    }

    #[test]
    fn malformed_ciphertexts_are_told_apart_from_wrong_keys() {
        let harness = Harness::new();
        let (data, iv) = harness.data(0, APP);
        let open =
            |data: &str, iv: &str| harness.open(true, &(data.into(), iv.into())).unwrap_err();
        assert_eq!(open("", &iv), OpenDataError::Invalid);
        assert_eq!(open(&data, "AAAA"), OpenDataError::Invalid);
        assert_eq!(open(&data[..data.len() - 4], &iv), OpenDataError::Invalid);
        let spoilt = open(&format!(" {}", &data[1..]), &iv);
        assert!(matches!(spoilt, OpenDataError::NotBase64(_)), "{spoilt:?}");
    }

    #[test]
    fn either_key_may_have_signed() {
        let harness = Harness::new();
        let raw_data = r#"{"nickName":"a"}"#;
        let verify = |both, key: usize| {
            let signature = harness.crypto.sign_raw_data(&harness.keys[key], raw_data);
            harness.reader.verify(harness.keys(both), raw_data, &signature)
        };
        assert_eq!(verify(true, 0), Ok(()));
        assert_eq!(verify(true, 1), Ok(()));
        assert_eq!(verify(false, 1), Err(OpenDataError::SessionKeyStale));
        assert_eq!(verify(true, 2), Err(OpenDataError::SessionKeyStale));
        for wrong in ["", "75e8", &"g".repeat(40), &"A".repeat(40)] {
            let verified = harness.reader.verify(harness.keys(true), raw_data, wrong);
            assert_eq!(verified, Err(OpenDataError::Invalid), "{wrong}");
        }
    }
}
