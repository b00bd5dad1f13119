//! Encrypted pushes: arbitrary ciphertexts, and arbitrary plaintexts encrypted with the right key.

#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use libfuzzer_sys::fuzz_target;
use wxlogin_crypto::WechatCryptography;
use wxlogin_domain::model::{EncodingAesKey, Push};
use wxlogin_domain::ports::{PushReader, WechatCrypto};
use wxlogin_push::PushFormats;

static KEY: LazyLock<EncodingAesKey> =
    LazyLock::new(|| EncodingAesKey::parse(&"A".repeat(43)).unwrap());

fn encrypt(blocks: &[u8]) -> String {
    let key = UnboundCipherKey::new(&AES_256, KEY.expose()).unwrap();
    let iv = EncryptionContext::Iv128(FixedLength::from([0; 16]));
    let mut bytes = blocks.to_vec();
    EncryptingKey::cbc(key).unwrap().less_safe_encrypt(&mut bytes, iv).unwrap();
    BASE64_STANDARD.encode(bytes)
}

/// The message in a plaintext, parsed independently of the service.
fn message(plaintext: &[u8]) -> Option<&[u8]> {
    let len = u32::from_be_bytes(plaintext.get(16..20)?.try_into().unwrap()) as usize;
    let app_id = plaintext.len().checked_sub(20 + 18)?;
    let is_app = plaintext[20 + app_id..].starts_with(b"wx")
        && plaintext[20 + app_id..].iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (app_id == len && is_app).then(|| &plaintext[20..20 + len])
}

// The input is a ciphertext, or a zero byte and a plaintext without padding, or a one byte and a
// plaintext with padding.
fuzz_target!(|input: &[u8]| {
    let opened = match input.split_first() {
        Some((0, plaintext)) => {
            let padding = 32 - plaintext.len() % 32;
            let padded = [plaintext, &vec![padding as u8; padding]].concat();
            let opened = WechatCryptography.decrypt_push(&KEY, &encrypt(&padded)).ok();
            assert_eq!(opened.as_ref().map(|push| push.message.as_slice()), message(plaintext));
            opened
        }
        Some((1, blocks)) => {
            let whole = &blocks[..blocks.len() / 16 * 16];
            WechatCryptography.decrypt_push(&KEY, &encrypt(whole)).ok()
        }
        Some(_) | None => std::str::from_utf8(input)
            .ok()
            .and_then(|text| WechatCryptography.decrypt_push(&KEY, text).ok()),
    };
    if let Some(push) = opened
        && let Ok(fields) = PushFormats.read(&push.message)
    {
        let _ = Push::read(&fields);
    }
});
