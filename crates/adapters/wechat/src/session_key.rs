use aws_lc_rs::hmac;
use serde::de::DeserializeOwned;
use wxlogin_domain::model::{OpenId, SessionKey, WechatAccessToken};
use wxlogin_domain::ports::{CallError, ResetSessionKeyError};

use crate::app_client::Call;
use crate::errcode::{rejects_token, unavailable};
use crate::failure::Failure;
use crate::http::Request;
use crate::responses::{Empty, ResetSessionKey, Response};

pub(crate) const CHECK_PATH: &str = "wxa/checksession";
pub(crate) const RESET_PATH: &str = "wxa/resetusersessionkey";

/// The signature is invalid, because the key is not the user's current session key.
const INVALID_SIGNATURE: i64 = 87009;

/// Asks WeChat whether this is the user's current session key
/// (<https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_checksessionkey>).
pub(crate) async fn check_session_key(
    call: &Call<'_>,
    token: &WechatAccessToken,
    open_id: &OpenId,
    session_key: &SessionKey,
) -> Result<bool, CallError> {
    match send::<Empty>(call, CHECK_PATH, token, open_id, session_key).await {
        Ok(_) => Ok(true),
        Err(failure) => match failure.errcode() {
            Some(INVALID_SIGNATURE) => Ok(false),
            Some(errcode) if rejects_token(errcode) => {
                Err(CallError::TokenRejected(failure.reply()))
            }
            Some(_) | None => Err(failure.fault(call.now()).into()),
        },
    }
}

/// Has WeChat replace the user's session key, and returns the new one
/// (<https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_resetusersessionkey>).
pub(crate) async fn reset_session_key(
    call: &Call<'_>,
    token: &WechatAccessToken,
    open_id: &OpenId,
    session_key: &SessionKey,
) -> Result<SessionKey, ResetSessionKeyError> {
    match send::<ResetSessionKey>(call, RESET_PATH, token, open_id, session_key).await {
        Ok(response) => new_key(&response.fields, open_id).ok_or_else(|| {
            unavailable(response.reply(), "its response lacks a session key of this user").into()
        }),
        Err(failure) => Err(match failure.errcode() {
            Some(INVALID_SIGNATURE) => ResetSessionKeyError::KeyInvalid(failure.reply()),
            Some(errcode) if rejects_token(errcode) => {
                ResetSessionKeyError::TokenRejected(failure.reply())
            }
            Some(_) | None => failure.fault(call.now()).into(),
        }),
    }
}

/// Sends either call. Both prove that the caller has the key by signing the empty string with it.
async fn send<T: DeserializeOwned>(
    call: &Call<'_>,
    path: &'static str,
    token: &WechatAccessToken,
    open_id: &OpenId,
    session_key: &SessionKey,
) -> Result<Response<T>, Failure> {
    let signature = signature(session_key, b"");
    let query = [
        ("access_token", token.expose()),
        ("openid", open_id.as_str()),
        ("signature", &signature),
        ("sig_method", "hmac_sha256"),
    ];
    call.send(Request { path, query: &query, body: None }).await
}

/// HMAC-SHA256 in lower-case hex. The key is the base64 text of the session key, not its bytes
/// (<https://developers.weixin.qq.com/minigame/dev/guide/open-ability/session-signature.html>).
fn signature(session_key: &SessionKey, data: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, session_key.expose().as_bytes());
    let hex = |byte: &u8| [byte >> 4, byte & 15].map(|nibble| HEX[usize::from(nibble)]);
    hmac::sign(&key, data).as_ref().iter().flat_map(hex).map(char::from).collect()
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The new key in a successful response, unless the response names another user.
fn new_key(fields: &ResetSessionKey, open_id: &OpenId) -> Option<SessionKey> {
    let is_theirs = fields.openid.as_deref().is_none_or(|openid| openid == open_id.as_str());
    SessionKey::parse(fields.session_key.as_deref()?).ok().filter(|_| is_theirs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_match_wechats_example() {
        let key = SessionKey::parse("o0q0otL8aEzpcZL/FT9WsQ==").unwrap();
        assert_eq!(
            signature(&key, br#"{"foo":"bar"}"#),
            "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b"
        );
        assert_eq!(
            signature(&key, b""),
            "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128"
        );
        // Signed with the key's bytes, which WeChat refuses with 87009.
        let wrong = "bfa6883695fed51bb7e5897ce895842574a58f8a9cc5c4343f47c515ab337b89";
        assert_ne!(signature(&key, br#"{"foo":"bar"}"#), wrong);
    }
}
