//! Encrypts and signs data as `WeChat` does for a mini-program.
//!
//! Source:
//! <https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html>.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use poem::web::Data;
use poem::{Body, Error, Response, Result, handler};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::http::{bad_request, ok, parse, read};
use super::lookup::{find_app, unknown_person};
use crate::simulator::Simulator;
use crate::state::session_keys::SessionKeys;
use crate::{crypto, random};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OpenDataRequest {
    openid: String,
    app_id: Option<String>,
    data: Map<String, Value>,
    #[serde(default)]
    watermark: Watermark,
    #[serde(default)]
    session_key: WhichKey,
}

/// The app and the time, in seconds, that the data are marked with.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Watermark {
    appid: Option<String>,
    timestamp: Option<u64>,
}

#[derive(Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum WhichKey {
    #[default]
    Current,
    Previous,
}

#[handler]
pub(super) async fn create(Data(simulator): Data<&Simulator>, body: Body) -> Result<Response> {
    let body = read(body).await?;
    let OpenDataRequest { openid, app_id, mut data, watermark, session_key } = parse(&body)?;
    let app_id = &find_app(simulator.config(), app_id.as_deref())?.app_id;
    if data.contains_key("watermark") {
        return Err(bad_request("Put `watermark` beside `data`, not inside it."));
    }

    let mut state = simulator.state();
    let now = state.clock.now();
    let person = state.people.find(app_id, &openid).ok_or_else(unknown_person)?;
    let session_key = choose_key(&person.keys, session_key)?.to_owned();
    let raw_data = json!(data).to_string();
    let is_phone = data.contains_key("purePhoneNumber");
    let watermark = json!({
        "timestamp": watermark.timestamp.unwrap_or(now / 1000),
        "appid": watermark.appid.as_ref().unwrap_or(app_id),
    });
    data.insert("watermark".to_owned(), watermark);

    let iv = random::bytes();
    let encrypted = encrypt(&session_key, iv, json!(data).to_string().as_bytes())?;
    let encrypted_data = BASE64_STANDARD.encode(encrypted);
    if is_phone {
        let hash = crypto::sha256(encrypted_data.as_bytes());
        state.encrypted_phones.add(app_id, hash, now);
    }
    Ok(ok(&json!({
        "encryptedData": encrypted_data,
        "iv": BASE64_STANDARD.encode(iv),
        "signature": crypto::sha1(format!("{raw_data}{session_key}").as_bytes()),
        "rawData": raw_data,
    })))
}

fn choose_key(keys: &SessionKeys, which: WhichKey) -> Result<&str> {
    let (key, missing) = match which {
        WhichKey::Current => {
            (keys.current(), "This person has no session key yet: exchange a code first.")
        }
        WhichKey::Previous => (keys.previous(), "This person has no previous session key yet."),
    };
    key.ok_or_else(|| bad_request(missing))
}

fn encrypt(session_key: &str, iv: [u8; 16], plain: &[u8]) -> Result<Vec<u8>> {
    let key = BASE64_STANDARD.decode(session_key).unwrap_or_default();
    let key = <[u8; 16]>::try_from(key).map_err(|_| cannot_encrypt())?;
    crypto::encrypt_open_data(key, iv, plain).map_err(|_| cannot_encrypt())
}

fn cannot_encrypt() -> Error {
    bad_request("The data cannot be encrypted.")
}
