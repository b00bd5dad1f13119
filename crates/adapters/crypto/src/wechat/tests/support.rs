use aws_lc_rs::cipher::{
    AES_128, AES_256, Algorithm, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use wxlogin_domain::model::{EncodingAesKey, EncryptedData, SessionKey};

pub(super) const IV: [u8; 16] = *b"an iv of 16 byte";

pub(super) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

pub(super) fn session_key(byte: u8) -> SessionKey {
    SessionKey::parse(&base64(&[byte; 16])).unwrap()
}

/// Pads to whole blocks with PKCS #7.
pub(super) fn pad(text: &[u8], block: usize) -> Vec<u8> {
    let padding = block - text.len() % block;
    [text, &vec![u8::try_from(padding).unwrap(); padding]].concat()
}

fn encrypt(algorithm: &'static Algorithm, key: &[u8], iv: [u8; 16], text: &[u8]) -> Vec<u8> {
    let key = EncryptingKey::cbc(UnboundCipherKey::new(algorithm, key).unwrap()).unwrap();
    let mut bytes = text.to_vec();
    key.less_safe_encrypt(&mut bytes, EncryptionContext::Iv128(FixedLength::from(iv))).unwrap();
    bytes
}

/// Encrypts whole blocks as WeChat encrypts open data, without adding padding.
pub(super) fn encrypt_blocks(key: &SessionKey, blocks: &[u8]) -> Vec<u8> {
    encrypt(&AES_128, &BASE64_STANDARD.decode(key.expose()).unwrap(), IV, blocks)
}

/// Pads and encrypts JSON as WeChat does for a mini-program.
pub(super) fn encrypt_open_data(key: &SessionKey, json: &[u8]) -> Vec<u8> {
    encrypt_blocks(key, &pad(json, 16))
}

pub(super) fn data(ciphertext: &[u8], iv: [u8; 16]) -> EncryptedData {
    EncryptedData::parse(&base64(ciphertext), &base64(&iv)).unwrap()
}

/// Encrypts whole blocks as WeChat encrypts push messages, without adding padding.
pub(super) fn encrypt_push_blocks(key: &EncodingAesKey, blocks: &[u8]) -> String {
    let (iv, _) = key.expose().split_first_chunk().unwrap();
    base64(&encrypt(&AES_256, key.expose(), *iv, blocks))
}

/// The plaintext of an encrypted push message: 16 random bytes, a length, the message, the app id.
pub(super) fn frame(len: u32, message: &[u8], app_id: &[u8]) -> Vec<u8> {
    [b"a8eedb185eb2fecf", len.to_be_bytes().as_slice(), message, app_id].concat()
}
