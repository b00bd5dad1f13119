//! Whatever comes, it is opened or refused: nothing panics, and what opens is what was encrypted. The
//! same runs without end in `fuzz/`.

use wxlogin_domain::model::{EncodingAesKey, EncryptedData};
use wxlogin_domain::ports::{Randomness, WechatCrypto};
use wxlogin_domain::testing::SequenceRandomness;

use super::support::{
    IV, data, encrypt_blocks, encrypt_open_data, encrypt_push_blocks, frame, pad, session_key,
};
use crate::WechatCryptography;

const ROUNDS: usize = 5_000;
const CRYPTO: WechatCryptography = WechatCryptography;

/// The same values in every run.
#[derive(Default)]
struct Chance(SequenceRandomness);

impl Chance {
    fn number(&self, below: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        // The first bytes are the ones that vary.
        usize::try_from(u64::from_be_bytes(bytes) >> 32).unwrap() % below
    }

    fn bytes(&self, longest: usize) -> Vec<u8> {
        let mut bytes = vec![0; self.number(longest + 1)];
        self.0.fill(&mut bytes);
        bytes
    }

    /// Characters that JSON and base64 are made of, more than others.
    fn text(&self, longest: usize) -> String {
        const LIKELY: &[char] =
            &['{', '}', '"', ':', ',', '1', 'A', '+', '/', '=', ' ', '\\', '好'];
        (0..self.number(longest + 1)).map(|_| LIKELY[self.number(LIKELY.len())]).collect()
    }
}

#[test]
fn any_two_texts_are_read_or_refused() {
    let chance = Chance::default();
    for _ in 0..ROUNDS {
        if let Ok(data) = EncryptedData::parse(&chance.text(40), &chance.text(24)) {
            let _ = CRYPTO.decrypt_open_data(&session_key(1), &data);
        }
    }
}

#[test]
fn any_plaintext_is_taken_as_it_is_or_refused() {
    let chance = Chance::default();
    let key = session_key(1);
    let mark = r#""watermark":{"appid":"wxdev0000000000001","timestamp":1}"#;
    let mut opened = 0;
    for round in 0..ROUNDS {
        let plaintext = match round % 3 {
            0 => chance.bytes(100),
            1 => format!("{{{}{mark}}}", chance.text(6)).into_bytes(),
            _ => format!(r#"{{"a":"{}",{mark}}}"#, chance.number(1 << 20)).into_bytes(),
        };
        let encrypted = data(&encrypt_open_data(&key, &plaintext), IV);
        if let Ok(told) = CRYPTO.decrypt_open_data(&key, &encrypted) {
            assert_eq!(told.json.as_bytes(), plaintext);
            opened += 1;
        }
        assert!(CRYPTO.decrypt_open_data(&session_key(2), &encrypted).is_err());
        let unpadded = encrypt_blocks(&key, &[chance.bytes(80), vec![0; 80]].concat()[..80]);
        assert!(CRYPTO.decrypt_open_data(&key, &data(&unpadded, IV)).is_err());
    }
    assert!(opened >= ROUNDS / 3, "{opened}");
}

#[test]
fn any_frame_of_a_push_is_taken_apart_where_it_says_or_refused() {
    let chance = Chance::default();
    let key = EncodingAesKey::parse(&"B".repeat(43)).unwrap();
    for _ in 0..ROUNDS {
        let message = chance.bytes(100);
        let len = u32::try_from(chance.number(message.len() + 3)).unwrap();
        let text =
            encrypt_push_blocks(&key, &pad(&frame(len, &message, b"wxdev0000000000001"), 32));
        let opened = CRYPTO.decrypt_push(&key, &text);
        if usize::try_from(len) == Ok(message.len()) {
            assert_eq!(opened.unwrap().message.as_slice(), message);
        } else {
            assert!(opened.is_err(), "{len} of {}", message.len());
        }
        let _ = CRYPTO
            .decrypt_push(&key, &encrypt_push_blocks(&key, &chance.bytes(128)[..].repeat(32)));
        let _ = CRYPTO.decrypt_push(&key, &chance.text(100));
    }
}
