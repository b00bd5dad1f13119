//! Why open data is never authority.

use std::sync::Arc;
use std::time::Duration;

use wxlogin_domain::model::{AppId, OpenData, PhoneNumber, SessionKey};
use wxlogin_domain::ports::{Clock, WechatCrypto};
use wxlogin_domain::testing::ManualClock;
use wxlogin_domain::usecase::wechat::open_data::{OpenDataReader, SessionKeys};

use super::support::{IV, base64, encrypt_open_data, session_key};
use crate::WechatCryptography;

struct Page {
    clock: Arc<ManualClock>,
    reader: OpenDataReader,
    app: AppId,
    key: SessionKey,
}

impl Page {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        let crypto = Arc::new(WechatCryptography);
        let reader = OpenDataReader::new(crypto, clock.clone(), Duration::from_mins(15));
        let app = AppId::parse("wxdev0000000000001").unwrap();
        Self { clock, reader, app, key: session_key(1) }
    }

    /// What WeChat says of these members.
    fn marked(&self, members: &str) -> String {
        let (at, app) = (self.clock.now().as_seconds(), &self.app);
        format!(r#"{members},"watermark":{{"timestamp":{at},"appid":"{app}"}}}}"#)
    }

    /// The person knows what WeChat has encrypted for them, because the page shows it, and brings
    /// the IV. Without any key they write over the first sixteen bytes.
    fn open_bent(&self, given: &str, first: &str) -> Option<OpenData> {
        let (had, wanted) = (given.as_bytes(), first.as_bytes());
        let bent: [u8; 16] = std::array::from_fn(|at| IV[at] ^ had[at] ^ wanted[at]);
        let ciphertext = base64(&encrypt_open_data(&self.key, given.as_bytes()));
        let keys = SessionKeys { current: &self.key, previous: None };
        self.reader.open(&self.app, keys, &ciphertext, &base64(&bent)).ok()
    }
}

#[test]
fn a_nickname_becomes_a_phone_number_under_a_good_watermark_and_is_none() {
    let page = Page::new();
    let rest = page.marked(r#"13800138000","gender":1"#);
    let given = format!(r#"{{"nickName":"+++{rest}"#);
    assert_eq!(page.open_bent(&given, &given).unwrap().json(), given);
    let bent = page.open_bent(&given, r#"{"phoneNumber":""#).unwrap();
    assert_eq!(bent.json(), format!(r#"{{"phoneNumber":"{rest}"#));
    assert_eq!(bent.watermark().app_id, page.app);
    assert_eq!(WechatCryptography.phone_number(&bent), None);
}

#[test]
fn the_first_block_changes_no_phone_number() {
    let page = Page::new();
    let members = |country: &str| {
        let number = "13800138000";
        page.marked(&format!(
            r#"{{"phoneNumber":"{number}","purePhoneNumber":"{number}","countryCode":{country}"#
        ))
    };
    for country in [r#""86""#, "86"] {
        let given = members(country);
        let number = |first| WechatCryptography.phone_number(&page.open_bent(&given, first)?);
        let real = PhoneNumber::parse("86", "13800138000").unwrap();
        assert_eq!(number(&given), Some(real.clone()));
        assert_eq!(number(r#"{"p":1,"digit":""#), Some(real));
        for first in [r#"{"countryCode":""#, r#"{"purePhoneNumb""#, r#"{"countryCode":1"#] {
            assert_eq!(number(first), None, "{first}");
        }
    }
}
