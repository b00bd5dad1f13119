//! Open data: arbitrary requests, and arbitrary plaintexts encrypted with the right key.

#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_lc_rs::cipher::{AES_128, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use wxlogin_crypto::WechatCryptography;
use wxlogin_domain::model::{AppId, SessionKey};
use wxlogin_domain::ports::Clock;
use wxlogin_domain::testing::ManualClock;
use wxlogin_domain::usecase::wechat::open_data::{OpenDataReader, SessionKeys};

const MAX_AGE: Duration = Duration::from_mins(15);

static CLOCK: LazyLock<Arc<ManualClock>> = LazyLock::new(Arc::default);
static READER: LazyLock<OpenDataReader> =
    LazyLock::new(|| OpenDataReader::new(Arc::new(WechatCryptography), CLOCK.clone(), MAX_AGE));
static APP: LazyLock<AppId> = LazyLock::new(|| AppId::parse("wxdev0000000000001").unwrap());
static KEY: LazyLock<SessionKey> =
    LazyLock::new(|| SessionKey::parse("tiihtNczf5v6AKRyjwEUhQ==").unwrap());

fn open(encrypted_data: &str, iv: &str) -> Option<String> {
    let keys = SessionKeys { current: &KEY, previous: None };
    let opened = READER.open(&APP, keys, encrypted_data, iv).ok()?;
    Some(opened.json().to_owned())
}

fn encrypt(plaintext: &[u8]) -> String {
    let key = BASE64_STANDARD.decode(KEY.expose()).unwrap();
    let key = UnboundCipherKey::new(&AES_128, &key).unwrap();
    let iv = EncryptionContext::Iv128(FixedLength::from([0; 16]));
    let mut bytes = plaintext.to_vec();
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).unwrap();
    key.less_safe_encrypt(&mut bytes, iv).unwrap();
    BASE64_STANDARD.encode(bytes)
}

// The input is `encryptedData` and `iv` on two lines, or a zero byte and a plaintext to encrypt.
fuzz_target!(|input: &[u8]| {
    if let Some(plaintext) = input.strip_prefix(b"\0") {
        let opened = open(&encrypt(plaintext), &BASE64_STANDARD.encode([0; 16]));
        if let Some(json) = &opened {
            assert_eq!(json.as_bytes(), plaintext);
            let value: Value = serde_json::from_str(json).unwrap();
            let mark = &value.as_object().unwrap()["watermark"];
            let [app_id, at] = ["appid", "timestamp"].map(|name| match mark {
                Value::Array(both) => &both[usize::from(name == "timestamp")],
                _ => &mark[name],
            });
            assert_eq!(app_id, APP.as_str());
            let age = CLOCK.now().as_seconds() - at.as_i64().unwrap();
            assert!((-60..=900).contains(&age), "{age}");
        }
    } else if let Ok(text) = std::str::from_utf8(input) {
        let (encrypted_data, iv) = text.split_once('\n').unwrap_or((text, ""));
        open(encrypted_data, iv);
    }
});
