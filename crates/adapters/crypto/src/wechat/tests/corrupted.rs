//! Damaged and forged data.

use std::sync::Arc;
use std::time::Duration;

use wxlogin_domain::model::{AppId, EncodingAesKey, OpenData, SessionKey};
use wxlogin_domain::ports::{Clock, WechatCrypto};
use wxlogin_domain::testing::ManualClock;
use wxlogin_domain::usecase::wechat::open_data::{OpenDataError, OpenDataReader, SessionKeys};

use super::support::{
    IV, base64, encrypt_blocks, encrypt_open_data, encrypt_push_blocks, frame, pad, session_key,
};
use crate::WechatCryptography;

const APP: &str = "wxdev0000000000001";

struct Reader {
    clock: Arc<ManualClock>,
    inner: OpenDataReader,
    current: SessionKey,
    previous: SessionKey,
}

impl Reader {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        let crypto = Arc::new(WechatCryptography);
        let inner = OpenDataReader::new(crypto, clock.clone(), Duration::from_mins(15));
        Self { clock, inner, current: session_key(1), previous: session_key(2) }
    }

    fn open(&self, encrypted_data: &str, iv: &str) -> Result<OpenData, OpenDataError> {
        let keys = SessionKeys { current: &self.current, previous: Some(&self.previous) };
        self.inner.open(&AppId::parse(APP).unwrap(), keys, encrypted_data, iv)
    }

    /// Opens these bytes with the usual IV.
    fn open_with_iv(&self, ciphertext: &[u8]) -> Result<OpenData, OpenDataError> {
        self.open(&base64(ciphertext), &base64(&IV))
    }

    /// Open data with a watermark this many seconds from now.
    fn json(&self, app_id: &str, seconds: i64) -> String {
        let at = self.clock.now().as_seconds() + seconds;
        let mark = format!(r#"{{"timestamp":{at},"appid":"{app_id}"}}"#);
        format!(r#"{{"nickName":"小明","city":"Guangzhou","watermark":{mark}}}"#)
    }

    /// Valid data, encrypted under the current key.
    fn valid(&self) -> Vec<u8> {
        encrypt_open_data(&self.current, self.json(APP, 0).as_bytes())
    }
}

#[test]
fn data_under_either_key_is_opened() {
    let reader = Reader::new();
    for key in [&reader.current, &reader.previous] {
        let json = reader.json(APP, 0);
        let opened = reader.open_with_iv(&encrypt_open_data(key, json.as_bytes())).unwrap();
        assert_eq!(opened.json(), json);
    }
}

#[test]
fn all_failures_of_decryption_have_the_same_error() {
    let reader = Reader::new();
    let key = &reader.current;
    let seal = |json: &str| encrypt_open_data(key, json.as_bytes());
    let good = reader.valid();
    let padding = |bytes: &[u8]| {
        let json = reader.json(APP, 0);
        encrypt_blocks(key, &[&json.as_bytes()[..json.len() / 16 * 16], bytes].concat())
    };
    let mark = format!(r#"{{"timestamp":{},"appid":"{APP}"}}"#, reader.clock.now().as_seconds());
    let deep = |bracket: char| bracket.to_string().repeat(200);
    let cases = [
        ("another key", encrypt_open_data(&session_key(3), reader.json(APP, 0).as_bytes())),
        ("the last block cut off", good[..good.len() - 16].to_vec()),
        ("one block alone", good[..16].to_vec()),
        ("an additional block", [good.as_slice(), &[0; 16]].concat()),
        ("the last block twice", [good.as_slice(), &good[good.len() - 16..]].concat()),
        ("two blocks swapped", [&good[16..32], &good[..16], &good[32..]].concat()),
        ("zero padding", padding(&[0; 16])),
        ("too much padding", padding(&[17; 16])),
        ("uneven padding", padding(&[[9; 7].as_slice(), &[8; 9]].concat())),
        ("not UTF-8", encrypt_open_data(key, b"{\"a\":\"\xff\"}")),
        ("nothing", seal("")),
        ("not JSON", seal("hello")),
        ("truncated JSON", seal(&reader.json(APP, 0)[..50])),
        ("two JSON values", seal(&format!("{} {{}}", reader.json(APP, 0)))),
        ("a list", seal(&format!("[{mark}]"))),
        ("no watermark", seal(r#"{"nickName":"a"}"#)),
        ("two watermarks", seal(&format!(r#"{{"watermark":{mark},"watermark":{mark}}}"#))),
        ("an empty watermark", seal(r#"{"watermark":{}}"#)),
        ("a watermark that is a text", seal(r#"{"watermark":"a"}"#)),
        (
            "deep nesting",
            seal(&format!(r#"{{"a":{}{},"watermark":{mark}}}"#, deep('['), deep(']'))),
        ),
        ("another app's watermark", seal(&reader.json("wxdev0000000000002", 0))),
        ("a watermark without a valid app id", seal(&reader.json("wx1", 0))),
        ("a watermark that is too old", seal(&reader.json(APP, -901))),
        ("a watermark in the future", seal(&reader.json(APP, 86_400))),
    ];
    for (what, ciphertext) in cases {
        assert_eq!(
            reader.open_with_iv(&ciphertext).unwrap_err(),
            OpenDataError::SessionKeyStale,
            "{what}"
        );
    }
    // What another IV damages has an error of its own.
    let without_first_block = reader.open_with_iv(&good[16..]).unwrap_err();
    assert_eq!(without_first_block, OpenDataError::IvMismatch);
    let other_iv = reader.open(&base64(&good), &base64(&[0; 16])).unwrap_err();
    assert_eq!(other_iv, OpenDataError::IvMismatch);
}

#[test]
fn an_impossible_length_does_not_count_as_a_stale_key() {
    let reader = Reader::new();
    let good = reader.valid();
    for (what, ciphertext) in [
        ("nothing", vec![]),
        ("a byte cut off", good[..good.len() - 1].to_vec()),
        ("a byte more", [good.as_slice(), &[0]].concat()),
        ("far too much", vec![0; 16 * 1024]),
    ] {
        assert_eq!(reader.open_with_iv(&ciphertext).unwrap_err(), OpenDataError::Invalid, "{what}");
    }
    for iv in [&IV[..15], &[], &[0; 32]] {
        let error = reader.open(&base64(&good), &base64(iv)).unwrap_err();
        assert_eq!(error, OpenDataError::Invalid, "{iv:?}");
    }
}

#[test]
fn text_damaged_in_transport_has_an_error_of_its_own() {
    let reader = Reader::new();
    // The watermark changes until the text has the characters that form encoding damages.
    let texts = (0..60).map(|seconds| {
        base64(&encrypt_open_data(&reader.current, reader.json(APP, -seconds).as_bytes()))
    });
    let text = texts.into_iter().find(|text| text.contains('+') && text.contains('/')).unwrap();
    let iv = base64(&IV);
    assert!(reader.open(&text, &iv).is_ok());
    for (what, data, iv) in [
        ("plus signs replaced by spaces", text.replace('+', " "), iv.clone()),
        ("a space in the iv", text.clone(), iv.replacen('Y', " ", 1)),
        ("the URL-safe alphabet", text.replace('+', "-").replace('/', "_"), iv.clone()),
        ("encoded for a URL", text.replace('+', "%2B"), iv.clone()),
        ("broken into lines", format!("{}\n{}", &text[..64], &text[64..]), iv.clone()),
        ("a trailing space", format!("{text} "), iv.clone()),
        ("a character cut off", text[..text.len() - 1].to_owned(), iv.clone()),
    ] {
        let error = reader.open(&data, &iv).unwrap_err();
        assert!(matches!(error, OpenDataError::NotBase64(_)), "{what}: {error:?}");
        assert_eq!(
            error.to_string().contains("plus signs"),
            data.contains(' ') || iv.contains(' ')
        );
    }
}

/// A flipped bit of the ciphertext damages its whole block, and so this JSON. A flipped bit of the IV
/// changes one character, which often goes unnoticed because nothing is authenticated.
#[test]
fn a_flipped_bit_gives_the_same_error_or_goes_unnoticed() {
    let reader = Reader::new();
    let good = reader.valid();
    let flipped = |bytes: &[u8], bit: usize| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    };
    for bit in 0..good.len() * 8 {
        let error = reader.open_with_iv(&flipped(&good, bit)).unwrap_err();
        // Another IV would damage the first block, too.
        let may_be_the_iv = bit < 128 && error == OpenDataError::IvMismatch;
        let is_known = may_be_the_iv || error == OpenDataError::SessionKeyStale;
        assert!(is_known, "bit {bit} of the ciphertext: {error:?}");
    }
    let answers = (0..128).map(|bit| reader.open(&base64(&good), &base64(&flipped(&IV, bit))));
    let (unnoticed, rejected): (Vec<_>, Vec<_>) = answers.partition(Result::is_ok);
    assert!(rejected.iter().all(|answer| {
        answer.as_ref().is_err_and(|error| {
            matches!(error, OpenDataError::IvMismatch | OpenDataError::SessionKeyStale)
        })
    }));
    assert!(unnoticed.iter().all(|answer| {
        answer.as_ref().is_ok_and(|opened| opened.json() != reader.json(APP, 0))
    }));
    assert!(unnoticed.len() > 40, "{}", unnoticed.len());
}

#[test]
fn a_damaged_push_message_cannot_be_decrypted() {
    let key = EncodingAesKey::parse("kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR").unwrap();
    let seal = |frame: &[u8]| encrypt_push_blocks(&key, &pad(frame, 32));
    let opens = |text: &str| WechatCryptography.decrypt_push(&key, text);
    let good = seal(&frame(5, b"<xml>", APP.as_bytes()));
    assert_eq!(opens(&good).unwrap().message.as_slice(), b"<xml>");
    assert_eq!(opens(&seal(&frame(0, b"", APP.as_bytes()))).unwrap().message.as_slice(), b"");
    let whole = frame(5, b"<xml>", APP.as_bytes());
    assert_eq!(whole.len(), 43);
    let padded = |bytes: &[u8]| encrypt_push_blocks(&key, &[whole.as_slice(), bytes].concat());
    for (what, text) in [
        ("nothing", String::new()),
        ("spaces instead of plus signs", format!(" {}", &good[1..])),
        ("half a block of padding", padded(&[5; 5])),
        ("uneven padding", padded(&[[20; 20].as_slice(), &[21]].concat())),
        ("zero padding", padded(&[0; 21])),
        ("too much padding", encrypt_push_blocks(&key, &[33; 64])),
        ("a length that is one too long", seal(&frame(6, b"<xml>", APP.as_bytes()))),
        ("a length that is one too short", seal(&frame(4, b"<xml>", APP.as_bytes()))),
        ("a length beyond the end", seal(&frame(24, b"<xml>", APP.as_bytes()))),
        ("the largest length", seal(&frame(u32::MAX, b"<xml>", APP.as_bytes()))),
        ("no app", seal(&frame(5, b"<xml>", b""))),
        ("an invalid app id", seal(&frame(5, b"<xml>", b"wxDEV0000000000001"))),
        ("no message and no length", seal(b"a8eedb185eb2fecf")),
        ("an empty plaintext", seal(b"")),
        ("its first block cut off", good[64..].to_owned()),
    ] {
        assert!(opens(&text).is_err(), "{what}");
    }
    let other = EncodingAesKey::parse(&"A".repeat(43)).unwrap();
    assert!(WechatCryptography.decrypt_push(&other, &good).is_err());
}
