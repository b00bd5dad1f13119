//! What a client can change in open data without any key, and why wxlogin does not trust it.

use std::sync::Arc;
use std::time::Duration;

use wxlogin_domain::model::{AppId, OpenData, PhoneNumber, SessionKey};
use wxlogin_domain::ports::{Clock, WechatCrypto};
use wxlogin_domain::testing::ManualClock;
use wxlogin_domain::usecase::wechat::open_data::{OpenDataError, OpenDataReader, SessionKeys};

use super::support::{IV, base64, encrypt_open_data, session_key};
use crate::WechatCryptography;

struct Client {
    clock: Arc<ManualClock>,
    reader: OpenDataReader,
    app: AppId,
    key: SessionKey,
}

impl Client {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        let crypto = Arc::new(WechatCryptography);
        let reader = OpenDataReader::new(crypto, clock.clone(), Duration::from_mins(15));
        let app = AppId::parse("wxdev0000000000001").unwrap();
        Self { clock, reader, app, key: session_key(1) }
    }

    /// These members with WeChat's watermark.
    fn watermarked(&self, members: &str) -> String {
        let (at, app) = (self.clock.now().as_seconds(), &self.app);
        format!(r#"{members},"watermark":{{"timestamp":{at},"appid":"{app}"}}}}"#)
    }

    /// Opens data whose first 16 bytes the client replaced. The client knows the plaintext and chooses the
    /// IV, so it needs no key.
    fn open_changed(&self, given: &str, first: &str) -> Option<OpenData> {
        let (had, wanted) = (given.as_bytes(), first.as_bytes());
        let iv: [u8; 16] = std::array::from_fn(|at| IV[at] ^ had[at] ^ wanted[at]);
        let ciphertext = base64(&encrypt_open_data(&self.key, given.as_bytes()));
        let keys = SessionKeys { current: &self.key, previous: None };
        self.reader.open(&self.app, keys, &ciphertext, &base64(&iv)).ok()
    }
}

#[test]
fn a_nickname_can_become_a_phone_number_and_is_not_accepted_as_one() {
    let client = Client::new();
    let rest = client.watermarked(r#"13800138000","gender":1"#);
    let given = format!(r#"{{"nickName":"+++{rest}"#);
    assert_eq!(client.open_changed(&given, &given).unwrap().json(), given);
    let changed = client.open_changed(&given, r#"{"phoneNumber":""#).unwrap();
    assert_eq!(changed.json(), format!(r#"{{"phoneNumber":"{rest}"#));
    assert_eq!(changed.watermark().app_id, client.app);
    assert_eq!(WechatCryptography.phone_number(&changed), None);
}

#[test]
fn a_changed_first_block_cannot_change_the_phone_number() {
    let client = Client::new();
    let members = |country: &str| {
        let number = "13800138000";
        client.watermarked(&format!(
            r#"{{"phoneNumber":"{number}","purePhoneNumber":"{number}","countryCode":{country}"#
        ))
    };
    for country in [r#""86""#, "86"] {
        let given = members(country);
        let number = |first| WechatCryptography.phone_number(&client.open_changed(&given, first)?);
        let real = PhoneNumber::parse("86", "13800138000").unwrap();
        assert_eq!(number(&given), Some(real.clone()));
        assert_eq!(number(r#"{"p":1,"digit":""#), Some(real));
        for first in [r#"{"countryCode":""#, r#"{"purePhoneNumb""#, r#"{"countryCode":1"#] {
            assert_eq!(number(first), None, "{first}");
        }
    }
}

#[test]
fn the_iv_of_another_call_is_told_apart_from_another_key() {
    let client = Client::new();
    let open = |key: &SessionKey, json: &str, iv: [u8; 16]| {
        let ciphertext = base64(&encrypt_open_data(key, json.as_bytes()));
        let keys = SessionKeys { current: &client.key, previous: Some(&session_key(2)) };
        client.reader.open(&client.app, keys, &ciphertext, &base64(&iv)).map(drop)
    };
    let given = client.watermarked(r#"{"nickName":"小明","gender":1"#);
    assert_eq!(open(&client.key, &given, IV), Ok(()));
    let other_iv = *b"another iv of 16";
    for key in [1, 2] {
        let mismatch = open(&session_key(key), &given, other_iv);
        assert_eq!(mismatch, Err(OpenDataError::IvMismatch), "{key}");
    }
    assert_eq!(open(&session_key(3), &given, other_iv), Err(OpenDataError::SessionKeyStale));
    for json in [
        given.replace(client.app.as_str(), "wxdev0000000000002"),
        given.replace("}}", "},\"x\":1}"),
        given.replace("\"timestamp\":", "\"timestamp\":1"),
        client.watermarked("{"),
    ] {
        let stale = open(&client.key, &json, other_iv);
        assert_eq!(stale, Err(OpenDataError::SessionKeyStale), "{json}");
    }
    client.clock.advance(Duration::from_hours(1));
    assert_eq!(open(&client.key, &given, other_iv), Err(OpenDataError::SessionKeyStale));
}
