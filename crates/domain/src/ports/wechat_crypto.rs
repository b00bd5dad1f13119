use std::fmt;

use zeroize::Zeroizing;

use crate::model::{
    AppId, EncodingAesKey, EncryptedData, OpenData, OpenedData, PhoneNumber, PushStamp, Secret,
    SessionKey,
};

/// A ciphertext does not open, and nobody is told at which step: whoever could tell a wrong padding
/// from wrong content could read with that, byte by byte, what they have no key for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ciphertext does not open")]
pub struct CannotDecrypt;

/// What was in the ciphertext of a push.
pub struct DecryptedPush {
    /// The push, XML or JSON as in plain mode.
    pub message: Zeroizing<Vec<u8>>,
    /// The mini-program it was encrypted for.
    pub app_id: AppId,
}

// It names people.
impl fmt::Debug for DecryptedPush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptedPush({} bytes)", self.message.len())
    }
}

/// WeChat's own cryptography, which is nobody's first choice: AES-CBC without authentication, SHA-1,
/// and a key of which one half of the calls takes the text and the other half the bytes
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html>,
/// <https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html>).
///
/// - `decrypt_open_data` gives what AES-128-CBC under the session key's sixteen bytes opens, if it is
///   padded right (PKCS #7), is a JSON object in UTF-8 and has a watermark. Whatever is wrong, it is
///   the one error. Whose watermark it is and how old is the caller's to judge.
/// - `raw_data_signature_matches` is true for the SHA-1, in lower-case hexadecimal, of the data and the
///   session key's text one after the other, and false for anything else.
/// - `session_signature` is the HMAC-SHA256 of the data, in lower-case hexadecimal, under the session
///   key's text.
/// - `push_signature_matches` is true for the SHA-1, in lower-case hexadecimal, of the token, the
///   timestamp, the nonce and the ciphertext if there is one, sorted and put one after the other, and
///   false for anything else.
/// - `decrypt_push` gives what AES-256-CBC under the key opens, with the key's first half as IV, if
///   the text is padded base64 and what it opens is padded right (PKCS #7 to 32 bytes) and is sixteen
///   random bytes, a length, a message of that length and an app id. Whatever is wrong, it is the one
///   error. Whether the app is ours is the caller's to judge.
/// - `phone_number` reads `purePhoneNumber` and `countryCode`, which WeChat writes behind the first
///   block, and nothing else: the first block is the client's to write.
/// - Both comparisons take equally long wherever the signatures differ.
pub trait WechatCrypto: Send + Sync {
    /// Decrypts open data with a session key.
    fn decrypt_open_data(
        &self,
        key: &SessionKey,
        data: &EncryptedData,
    ) -> Result<OpenedData, CannotDecrypt>;

    /// The phone number that open data name, if they name one. Whether they are WeChat's is the
    /// caller's to find out.
    fn phone_number(&self, data: &OpenData) -> Option<PhoneNumber>;

    /// Whether WeChat signed `rawData` for the holder of the session key.
    fn raw_data_signature_matches(&self, key: &SessionKey, raw_data: &str, signature: &str)
    -> bool;

    /// The signature that WeChat's calls about a session key want.
    fn session_signature(&self, key: &SessionKey, data: &[u8]) -> String;

    /// Whether who signed a push knows the token. Without the ciphertext the signature says nothing
    /// about what was pushed.
    fn push_signature_matches(
        &self,
        token: &Secret,
        stamp: &PushStamp,
        ciphertext: Option<&str>,
        signature: &str,
    ) -> bool;

    /// Decrypts the ciphertext of a push.
    fn decrypt_push(
        &self,
        key: &EncodingAesKey,
        ciphertext: &str,
    ) -> Result<DecryptedPush, CannotDecrypt>;
}
