//! Random input is decrypted or rejected and never causes a panic. `fuzz/` does the same without end.

use wxlogin_domain::model::{EncodingAesKey, EncryptedData};
use wxlogin_domain::ports::{Randomness, WechatCrypto};
use wxlogin_domain::testing::SequenceRandomness;

use super::support::{
    IV, data, encrypt_blocks, encrypt_open_data, encrypt_push_blocks, frame, pad, session_key,
};
use crate::WechatCryptography;

const ROUNDS: usize = 5_000;
const CRYPTO: WechatCryptography = WechatCryptography;

/// Pseudo-random values, the same in every run.
#[derive(Default)]
struct Random(SequenceRandomness);

impl Random {
    fn number(&self, below: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        // The first bytes vary most.
        usize::try_from(u64::from_be_bytes(bytes) >> 32).unwrap() % below
    }

    fn bytes(&self, longest: usize) -> Vec<u8> {
        let mut bytes = vec![0; self.number(longest + 1)];
        self.0.fill(&mut bytes);
        bytes
    }

    /// Text of characters that are frequent in JSON and base64.
    fn text(&self, longest: usize) -> String {
        const LIKELY: &[char] =
            &['{', '}', '"', ':', ',', '1', 'A', '+', '/', '=', ' ', '\\', '好'];
        (0..self.number(longest + 1)).map(|_| LIKELY[self.number(LIKELY.len())]).collect()
    }
}

#[test]
fn any_two_texts_are_read_or_rejected() {
    let random = Random::default();
    for _ in 0..ROUNDS {
        if let Ok(data) = EncryptedData::parse(&random.text(40), &random.text(24)) {
            let _ = CRYPTO.decrypt_open_data(&session_key(1), &data);
        }
    }
}

#[test]
fn any_plaintext_is_returned_unchanged_or_rejected() {
    let random = Random::default();
    let key = session_key(1);
    let mark = r#""watermark":{"appid":"wxdev0000000000001","timestamp":1}"#;
    let mut opened = 0;
    for round in 0..ROUNDS {
        let plaintext = match round % 3 {
            0 => random.bytes(100),
            1 => format!("{{{}{mark}}}", random.text(6)).into_bytes(),
            _ => format!(r#"{{"a":"{}",{mark}}}"#, random.number(1 << 20)).into_bytes(),
        };
        let encrypted = data(&encrypt_open_data(&key, &plaintext), IV);
        if let Ok(data) = CRYPTO.decrypt_open_data(&key, &encrypted) {
            assert_eq!(data.json.as_bytes(), plaintext);
            opened += 1;
        }
        assert!(CRYPTO.decrypt_open_data(&session_key(2), &encrypted).is_err());
        let unpadded = encrypt_blocks(&key, &[random.bytes(80), vec![0; 80]].concat()[..80]);
        assert!(CRYPTO.decrypt_open_data(&key, &data(&unpadded, IV)).is_err());
    }
    assert!(opened >= ROUNDS / 3, "{opened}");
}

#[test]
fn any_push_message_is_split_by_its_length_or_rejected() {
    let random = Random::default();
    let key = EncodingAesKey::parse(&"B".repeat(43)).unwrap();
    for _ in 0..ROUNDS {
        let message = random.bytes(100);
        let len = u32::try_from(random.number(message.len() + 3)).unwrap();
        let text =
            encrypt_push_blocks(&key, &pad(&frame(len, &message, b"wxdev0000000000001"), 32));
        let opened = CRYPTO.decrypt_push(&key, &text);
        if usize::try_from(len) == Ok(message.len()) {
            assert_eq!(opened.unwrap().message.as_slice(), message);
        } else {
            assert!(opened.is_err(), "{len} of {}", message.len());
        }
        let _ = CRYPTO
            .decrypt_push(&key, &encrypt_push_blocks(&key, &random.bytes(128)[..].repeat(32)));
        let _ = CRYPTO.decrypt_push(&key, &random.text(100));
    }
}
