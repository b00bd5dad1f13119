use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::model::{
    AppId, EncodingAesKey, EncryptedData, OpenData, OpenedData, PhoneNumber, PushStamp, Secret,
    SessionKey, Timestamp, Watermark,
};
use crate::ports::{CannotDecrypt, DecryptedPush, WechatCrypto};

/// Binds data to its key but does not encrypt it. Also plays WeChat's part.
#[derive(Default)]
pub struct FakeWechatCrypto;

impl FakeWechatCrypto {
    /// Returns `encryptedData` and `iv` with this watermark, as a mini-program gets them from WeChat.
    #[must_use]
    pub fn encrypt(
        &self,
        key: &SessionKey,
        app_id: &AppId,
        at: Timestamp,
        json: &str,
    ) -> (String, String) {
        let mut text = format!("{}\n{app_id}\n{}\n{json}", key.expose(), at.as_seconds());
        while !text.len().is_multiple_of(16) {
            text.push(' ');
        }
        (BASE64_STANDARD.encode(text), BASE64_STANDARD.encode([0; 16]))
    }

    /// Returns the signature of `rawData`, as a mini-program gets it from WeChat.
    #[must_use]
    pub fn sign_raw_data(&self, key: &SessionKey, raw_data: &str) -> String {
        signature(&(raw_data, key.expose()))
    }

    /// Signs a push message.
    #[must_use]
    pub fn sign_push(&self, token: &Secret, stamp: &PushStamp, ciphertext: Option<&str>) -> String {
        signature(&(token.expose(), stamp.timestamp(), stamp.nonce(), ciphertext))
    }

    /// Encrypts a push message.
    #[must_use]
    pub fn encrypt_push(&self, key: &EncodingAesKey, app_id: &AppId, message: &str) -> String {
        BASE64_STANDARD.encode([key.expose(), format!("{app_id}{message}").as_bytes()].concat())
    }
}

/// Returns 40 hexadecimal digits, the length of a SHA-1.
fn signature(value: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    format!("{:040x}", hasher.finish())
}

/// Decrypts data of [`FakeWechatCrypto::encrypt`], whatever the IV is.
fn opened(key: &SessionKey, data: &EncryptedData) -> Result<OpenedData, CannotDecrypt> {
    let text = std::str::from_utf8(data.ciphertext()).map_err(|_| CannotDecrypt)?;
    let parts = text.strip_prefix(key.expose()).ok_or(CannotDecrypt)?;
    let [_, app_id, at, json] =
        parts.splitn(4, '\n').collect::<Vec<_>>().try_into().map_err(|_| CannotDecrypt)?;
    let watermark = Watermark {
        app_id: AppId::parse(app_id).map_err(|_| CannotDecrypt)?,
        at: Timestamp::from_seconds(at.parse().map_err(|_| CannotDecrypt)?),
    };
    Ok(OpenedData { json: Zeroizing::new(json.trim_end().to_owned()), watermark })
}

impl WechatCrypto for FakeWechatCrypto {
    fn decrypt_open_data(
        &self,
        key: &SessionKey,
        data: &EncryptedData,
    ) -> Result<OpenedData, CannotDecrypt> {
        if data.iv() == [0; 16] { opened(key, data) } else { Err(CannotDecrypt) }
    }

    fn watermark_after_first_block(
        &self,
        key: &SessionKey,
        data: &EncryptedData,
    ) -> Option<Watermark> {
        opened(key, data).ok().map(|opened| opened.watermark)
    }

    fn phone_number(&self, data: &OpenData) -> Option<PhoneNumber> {
        let (country_code, national) = data.json().split_once(' ')?;
        PhoneNumber::parse(country_code, national).ok()
    }

    fn raw_data_signature_matches(
        &self,
        key: &SessionKey,
        raw_data: &str,
        signature: &str,
    ) -> bool {
        self.sign_raw_data(key, raw_data) == signature
    }

    fn push_signature_matches(
        &self,
        token: &Secret,
        stamp: &PushStamp,
        ciphertext: Option<&str>,
        signature: &str,
    ) -> bool {
        self.sign_push(token, stamp, ciphertext) == signature
    }

    fn decrypt_push(
        &self,
        key: &EncodingAesKey,
        ciphertext: &str,
    ) -> Result<DecryptedPush, CannotDecrypt> {
        let text = BASE64_STANDARD.decode(ciphertext).map_err(|_| CannotDecrypt)?;
        let text = text.strip_prefix(key.expose().as_slice()).ok_or(CannotDecrypt)?;
        let (app_id, message) = text.split_at_checked(18).ok_or(CannotDecrypt)?;
        let app_id = std::str::from_utf8(app_id).map_err(|_| CannotDecrypt)?;
        Ok(DecryptedPush {
            message: Zeroizing::new(message.to_vec()),
            app_id: AppId::parse(app_id).map_err(|_| CannotDecrypt)?,
        })
    }
}
