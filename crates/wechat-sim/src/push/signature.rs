//! Signs and encrypts pushes.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use crate::config::SimApp;
use crate::push::event::{Event, Format};
use crate::{crypto, random};

/// Whether messages are encrypted: an app's setting in `WeChat`'s console.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Mode {
    Plain,
    Safe,
}

/// Adds the query parameters of every push: signature, timestamp and nonce. Returns timestamp and
/// nonce.
pub(crate) fn add_signature(app: &SimApp, url: &mut Url, at: u64) -> (String, String) {
    let (timestamp, nonce) = (at.to_string(), random::digits::<10>());
    let signature = crypto::push_signature([app.push_token(), &timestamp, &nonce]);
    url.query_pairs_mut()
        .append_pair("signature", &signature)
        .append_pair("timestamp", &timestamp)
        .append_pair("nonce", &nonce);
    (timestamp, nonce)
}

/// Adds the query parameters of an event to the URL and returns the body, encrypted in safe mode,
/// or the reason why there is none. As with `WeChat`, the signature of plain mode does not cover
/// the body.
pub(crate) fn build_body(
    app: &SimApp,
    url: &mut Url,
    event: Event<'_>,
    format: Format,
    mode: Mode,
) -> Result<String, String> {
    let (receiver, openid, at) = (event.receiver(), event.openid, event.at);
    let (timestamp, nonce) = add_signature(app, url, at);
    if let Some(openid) = openid {
        url.query_pairs_mut().append_pair("openid", openid);
    }
    let message = format.write(&event.message())?;
    if mode == Mode::Plain {
        return Ok(message);
    }

    let key = crypto::message_key(app.encoding_aes_key())
        .ok_or("This app's EncodingAESKey is invalid: it must be 43 characters of base64.")?;
    let prefix = random::message_prefix();
    let encrypted = crypto::encrypt_message(key, prefix, message.as_bytes(), &app.app_id)
        .map_err(|_| "The message cannot be encrypted.")?;
    let encrypted = BASE64_STANDARD.encode(encrypted);
    let parts = [app.push_token(), &timestamp, &nonce, &encrypted];
    let signature = crypto::push_signature(parts);
    url.query_pairs_mut()
        .append_pair("encrypt_type", "aes")
        .append_pair("msg_signature", &signature);
    let envelope = [("ToUserName", Value::from(receiver)), ("Encrypt", encrypted.into())];
    format.write(&Map::from_iter(envelope.map(|(name, value)| (name.to_owned(), value))))
}
