//! WeChat's own cryptography: open data, signatures, and push messages.

mod cbc;
mod open_data;
mod push;
mod signature;
#[cfg(test)]
mod tests;

use wxlogin_domain::model::{
    EncodingAesKey, EncryptedData, OpenData, OpenedData, PhoneNumber, PushStamp, Secret,
    SessionKey, Watermark,
};
use wxlogin_domain::ports::{CannotDecrypt, DecryptedPush, WechatCrypto};

/// The [`WechatCrypto`] of a deployment. It is stateless: each call brings its keys.
#[derive(Debug, Default, Clone, Copy)]
pub struct WechatCryptography;

impl WechatCrypto for WechatCryptography {
    fn decrypt_open_data(
        &self,
        key: &SessionKey,
        data: &EncryptedData,
    ) -> Result<OpenedData, CannotDecrypt> {
        open_data::decrypt(key, data).ok_or(CannotDecrypt)
    }

    fn watermark_after_first_block(
        &self,
        key: &SessionKey,
        data: &EncryptedData,
    ) -> Option<Watermark> {
        open_data::watermark_after_first_block(key, data)
    }

    fn phone_number(&self, data: &OpenData) -> Option<PhoneNumber> {
        open_data::phone_number(data.json())
    }

    fn raw_data_signature_matches(
        &self,
        key: &SessionKey,
        raw_data: &str,
        signature: &str,
    ) -> bool {
        signature::is_equal(signature, &signature::sha1([raw_data, key.expose()]))
    }

    fn push_signature_matches(
        &self,
        token: &Secret,
        stamp: &PushStamp,
        ciphertext: Option<&str>,
        signature: &str,
    ) -> bool {
        let mut parts = vec![token.expose(), stamp.timestamp(), stamp.nonce()];
        parts.extend(ciphertext);
        parts.sort_unstable();
        signature::is_equal(signature, &signature::sha1(parts))
    }

    fn decrypt_push(
        &self,
        key: &EncodingAesKey,
        ciphertext: &str,
    ) -> Result<DecryptedPush, CannotDecrypt> {
        push::decrypt(key, ciphertext).ok_or(CannotDecrypt)
    }
}
