use serde_json::json;
use wxlogin_domain::model::{EncryptedDataHash, WechatAccessToken};
use wxlogin_domain::ports::CallError;

use crate::errcode::{rejects_token, unavailable};
use crate::http::Request;
use crate::line::Call;
use crate::wire::CheckEncryptedData;

pub(crate) const PATH: &str = "wxa/business/checkencryptedmsg";

/// The data does not exist, or is more than three days old.
const NOT_FOUND: i64 = 1;

/// Asks whether WeChat has made some encrypted data
/// (<https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/user-info/auth.checkEncryptedData.html>).
pub(crate) async fn check_encrypted_data(
    call: &Call<'_>,
    token: &WechatAccessToken,
    hash: &EncryptedDataHash,
) -> Result<bool, CallError> {
    let query = [("access_token", token.expose())];
    let body = json!({ "encrypted_msg_hash": hash.to_string() });
    match call
        .ask::<CheckEncryptedData>(Request { path: PATH, query: &query, body: Some(body) })
        .await
    {
        Ok(said) => said.fields.valid.ok_or_else(|| {
            unavailable(said.reply(), "its answer does not say whether the data are its own").into()
        }),
        Err(failure) => match failure.errcode() {
            Some(NOT_FOUND) => Ok(false),
            Some(errcode) if rejects_token(errcode) => {
                Err(CallError::TokenRejected(failure.reply()))
            }
            Some(_) | None => Err(failure.fault(call.now()).into()),
        },
    }
}
