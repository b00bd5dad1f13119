//! Why open data is never authority.

use std::sync::Arc;
use std::time::Duration;

use wxlogin_domain::model::AppId;
use wxlogin_domain::ports::Clock;
use wxlogin_domain::testing::ManualClock;
use wxlogin_domain::usecase::open_data::{OpenDataReader, SessionKeys};

use super::support::{IV, base64, encrypt_open_data, session_key};
use crate::WechatCryptography;

/// The person knows what WeChat has encrypted for them, because the page shows it, and brings the IV.
/// Without any key they write over the first sixteen bytes.
#[test]
fn a_nickname_becomes_a_phone_number_under_a_good_watermark() {
    let clock = Arc::new(ManualClock::default());
    let reader =
        OpenDataReader::new(Arc::new(WechatCryptography), clock.clone(), Duration::from_mins(15));
    let (app, key) = (AppId::parse("wxdev0000000000001").unwrap(), session_key(1));
    let keys = SessionKeys { current: &key, previous: None };

    let rest = format!(
        r#"13800138000","gender":1,"watermark":{{"timestamp":{},"appid":"{app}"}}}}"#,
        clock.now().as_seconds()
    );
    let given = format!(r#"{{"nickName":"+++{rest}"#);
    let ciphertext = base64(&encrypt_open_data(&key, given.as_bytes()));
    assert_eq!(reader.open(&app, keys, &ciphertext, &base64(&IV)).unwrap().json(), given);

    let (had, wanted) = (br#"{"nickName":"+++"#, br#"{"phoneNumber":""#);
    let bent: [u8; 16] = std::array::from_fn(|at| IV[at] ^ had[at] ^ wanted[at]);
    let opened = reader.open(&app, keys, &ciphertext, &base64(&bent)).unwrap();
    assert_eq!(opened.json(), format!(r#"{{"phoneNumber":"{rest}"#));
    assert_eq!(opened.watermark().app_id, app);
}
