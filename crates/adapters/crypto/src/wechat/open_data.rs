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

/// The members of the plaintext that are read. A duplicate member is an error.
#[derive(Deserialize)]
struct Watermarked {
    watermark: Mark,
}

#[derive(Deserialize)]
struct Mark {
    appid: String,
    timestamp: i64,
}

impl Mark {
    fn parse(&self) -> Option<Watermark> {
        let at = Timestamp::from_seconds(self.timestamp);
        Some(Watermark { app_id: AppId::parse(&self.appid).ok()?, at })
    }
}

/// Length of an AES block, in bytes.
const BLOCK: usize = 16;

/// Decrypts open data. Returns `None` for every failure, so that no caller learns at which step.
pub(super) fn decrypt(key: &SessionKey, data: &EncryptedData) -> Option<OpenedData> {
    let text = decrypt_text(key, data)?;
    let json = std::str::from_utf8(&text).ok()?;
    // The next reader parses all of the text. Reading only the members above would accept an array, and
    // would skip values that are nested too deeply for a parser.
    if !serde_json::from_str::<Value>(json).ok()?.is_object() {
        return None;
    }
    let watermark = serde_json::from_str::<Watermarked>(json).ok()?.watermark.parse()?;
    Some(OpenedData { json: Zeroizing::new(json.to_owned()), watermark })
}

/// Returns the watermark if everything but the first block is as WeChat writes it, the watermark is at
/// the end, and the first block is not.
pub(super) fn watermark_after_first_block(
    key: &SessionKey,
    data: &EncryptedData,
) -> Option<Watermark> {
    const NAME: &[u8] = br#""watermark":"#;
    let text = decrypt_text(key, data)?;
    if std::str::from_utf8(&text).is_ok_and(|text| text.starts_with('{')) {
        return None;
    }
    let rest = text.get(BLOCK..)?.strip_suffix(b"}")?;
    // A character may begin in the first block.
    let begun = rest.iter().take(3).take_while(|byte| (0x80..0xc0).contains(*byte)).count();
    if std::str::from_utf8(&rest[begun..]).ok()?.contains(char::is_control) {
        return None;
    }
    let at = rest.windows(NAME.len()).rposition(|window| window == NAME)?;
    serde_json::from_slice::<Mark>(&rest[at + NAME.len()..]).ok()?.parse()
}

fn decrypt_text(key: &SessionKey, data: &EncryptedData) -> Option<Zeroizing<Vec<u8>>> {
    let key = Zeroizing::new(BASE64_STANDARD.decode(key.expose()).ok()?);
    cbc::decrypt(&AES_128, &key, data.iv(), data.ciphertext(), BLOCK)
}

/// The members of a phone number that are read. The client can change `phoneNumber`, whose name is in
/// the first block.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Phone<'a> {
    #[serde(borrow)]
    pure_phone_number: Cow<'a, str>,
    country_code: CountryCode,
}

/// WeChat sends both.
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
