use std::borrow::Cow;

use aws_lc_rs::cipher::AES_128;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Value;
use wxlogin_domain::model::{
    AppId, EncryptedData, OpenedData, PhoneNumber, SessionKey, Timestamp, Watermark,
};
use zeroize::Zeroizing;

use super::cbc;

/// What is looked at of the plaintext. A member that is there twice is a mistake here.
#[derive(Deserialize)]
struct Marked {
    watermark: Mark,
}

#[derive(Deserialize)]
struct Mark {
    appid: String,
    timestamp: i64,
}

/// The one way out for all that goes wrong: no caller learns how far it went.
pub(super) fn decrypt(key: &SessionKey, data: &EncryptedData) -> Option<OpenedData> {
    let key = Zeroizing::new(BASE64_STANDARD.decode(key.expose()).ok()?);
    let text = cbc::decrypt(&AES_128, &key, data.iv(), data.ciphertext(), 16)?;
    let json = std::str::from_utf8(&text).ok()?;
    // Whoever reads it next reads it so. By its members alone an array would pass for an object, and
    // what is passed over may be nested deeper than any parser follows.
    if !serde_json::from_str::<Value>(json).ok()?.is_object() {
        return None;
    }
    let Marked { watermark: Mark { appid, timestamp } } = serde_json::from_str(json).ok()?;
    let watermark =
        Watermark { app_id: AppId::parse(&appid).ok()?, at: Timestamp::from_seconds(timestamp) };
    Some(OpenedData { json: Zeroizing::new(json.to_owned()), watermark })
}

/// What is looked at of a phone number. `phoneNumber` is not: its name is in the first block.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Phone<'a> {
    #[serde(borrow)]
    pure_phone_number: Cow<'a, str>,
    country_code: CountryCode,
}

/// WeChat has been seen to send both.
#[derive(Deserialize)]
#[serde(untagged)]
enum CountryCode {
    Text(String),
    Number(u16),
}

pub(super) fn phone_number(json: &str) -> Option<PhoneNumber> {
    let Phone { pure_phone_number, country_code } = serde_json::from_str(json).ok()?;
    let country_code = match country_code {
        CountryCode::Text(text) => text,
        CountryCode::Number(number) => number.to_string(),
    };
    PhoneNumber::parse(&country_code, &pure_phone_number).ok()
}
