//! How a message is signed and, in safe mode, encrypted.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::{Event, Format};
use crate::{SimApp, crypto, random};

/// What an app chose for its messages.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Mode {
    Plain,
    Safe,
}

/// Puts what every push says about itself behind a URL and answers the timestamp and nonce.
pub(crate) fn address(app: &SimApp, url: &mut Url, at: u64) -> (String, String) {
    let (timestamp, nonce) = (at.to_string(), random::digits::<10>());
    let signature = crypto::push_signature([app.push_token(), &timestamp, &nonce]);
    url.query_pairs_mut()
        .append_pair("signature", &signature)
        .append_pair("timestamp", &timestamp)
        .append_pair("nonce", &nonce);
    (timestamp, nonce)
}

/// Writes an event and signs it behind the URL; the body, or why there is none.
///
/// The signature of plain mode does not cover the body, as with `WeChat`.
pub(crate) fn seal(
    app: &SimApp,
    url: &mut Url,
    event: Event<'_>,
    format: Format,
    mode: Mode,
) -> Result<String, String> {
    let (receiver, openid, at) = (event.receiver(), event.openid, event.at);
    let (timestamp, nonce) = address(app, url, at);
    if let Some(openid) = openid {
        url.query_pairs_mut().append_pair("openid", openid);
    }
    let message = format.write(&event.message())?;
    if mode == Mode::Plain {
        return Ok(message);
    }

    let key = crypto::message_key(app.encoding_aes_key())
        .ok_or("this app's EncodingAESKey is not 43 characters of base64")?;
    let chance = random::message_chance();
    let sealed = crypto::seal_message(key, chance, message.as_bytes(), &app.app_id)
        .map_err(|_| "this cannot be encrypted")?;
    let encrypted = BASE64_STANDARD.encode(sealed);
    let parts = [app.push_token(), &timestamp, &nonce, &encrypted];
    let signature = crypto::push_signature(parts);
    url.query_pairs_mut()
        .append_pair("encrypt_type", "aes")
        .append_pair("msg_signature", &signature);
    let envelope = [("ToUserName", Value::from(receiver)), ("Encrypt", encrypted.into())];
    format.write(&Map::from_iter(envelope.map(|(name, value)| (name.to_owned(), value))))
}
