use std::fmt;

use zeroize::Zeroizing;

use crate::model::{
    AppId, EncodingAesKey, EncryptedData, OpenData, OpenedData, PhoneNumber, PushStamp, Secret,
    SessionKey, Watermark,
};

/// Decryption failed. The error does not tell at which step, because a client that can distinguish wrong
/// padding from wrong content can decrypt the ciphertext byte by byte (a padding oracle).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot decrypt the ciphertext")]
pub struct CannotDecrypt;

/// A decrypted push message.
pub struct DecryptedPush {
    /// The message, XML or JSON as in plain mode.
    pub message: Zeroizing<Vec<u8>>,
    /// The mini-program it was encrypted for.
    pub app_id: AppId,
}

// It can hold openids.
impl fmt::Debug for DecryptedPush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptedPush({} bytes)", self.message.len())
    }
}

/// WeChat's own cryptography: AES-CBC without authentication, and SHA-1. Some calls use the session key
/// as bytes, others as base64 text
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html>,
/// <https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html>).
///
/// - `decrypt_open_data` decrypts with AES-128-CBC under the 16 bytes of the session key. The plaintext
///   must have valid padding (PKCS #7) and be a JSON object in UTF-8 with a watermark. All failures give
///   the same error. The caller checks the app and the age in the watermark.
/// - `watermark_after_first_block` reads the watermark of data whose first block cannot be read, because
///   its IV is another's. The watermark must be the last member, and valid as above.
/// - `raw_data_signature_matches` is true if the signature is the SHA-1, in lower-case hexadecimal, of
///   the data followed by the session key's text.
/// - `push_signature_matches` is true if the signature is the SHA-1, in lower-case hexadecimal, of the
///   sorted and concatenated token, timestamp, nonce and ciphertext, if there is one.
/// - `decrypt_push` decrypts padded base64 with AES-256-CBC under the key, with the key's first half as
///   IV. The plaintext must have valid padding (PKCS #7 to 32 bytes) and consist of 16 random bytes, a
///   length, a message of that length and an app id. All failures give the same error. The caller
///   checks the app.
/// - `phone_number` reads only `purePhoneNumber` and `countryCode`. WeChat writes both after the first
///   block, which the client can change.
/// - Signatures are compared in constant time.
pub trait WechatCrypto: Send + Sync {
    /// Decrypts open data with a session key.
    fn decrypt_open_data(
        &self,
        key: &SessionKey,
        data: &EncryptedData,
    ) -> Result<OpenedData, CannotDecrypt>;

    /// Returns the watermark if only the first block, which depends on the IV, cannot be decrypted.
    fn watermark_after_first_block(
        &self,
        key: &SessionKey,
        data: &EncryptedData,
    ) -> Option<Watermark>;

    /// Returns the phone number in decrypted data, if there is one. The caller must find out whether
    /// WeChat encrypted the data.
    fn phone_number(&self, data: &OpenData) -> Option<PhoneNumber>;

    /// Whether `signature` is WeChat's signature of `rawData` for this session key.
    fn raw_data_signature_matches(&self, key: &SessionKey, raw_data: &str, signature: &str)
    -> bool;

    /// Whether the sender of a push message knows the token. Without a ciphertext the signature does not
    /// cover the message.
    fn push_signature_matches(
        &self,
        token: &Secret,
        stamp: &PushStamp,
        ciphertext: Option<&str>,
        signature: &str,
    ) -> bool;

    /// Decrypts a push message.
    fn decrypt_push(
        &self,
        key: &EncodingAesKey,
        ciphertext: &str,
    ) -> Result<DecryptedPush, CannotDecrypt>;
}
