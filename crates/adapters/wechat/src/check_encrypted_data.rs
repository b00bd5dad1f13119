use serde_json::json;
use wxlogin_domain::model::{EncryptedDataHash, WechatAccessToken};
use wxlogin_domain::ports::CallError;

use crate::app_client::Call;
use crate::errcode::{rejects_token, unavailable};
use crate::http::Request;
use crate::responses::CheckEncryptedData;

pub(crate) const PATH: &str = "wxa/business/checkencryptedmsg";

/// The data do not exist or are more than three days old.
const NOT_FOUND: i64 = 1;

/// Asks WeChat whether it made the encrypted data with this hash
/// (<https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/user-info/auth.checkEncryptedData.html>).
pub(crate) async fn check_encrypted_data(
    call: &Call<'_>,
    token: &WechatAccessToken,
    hash: &EncryptedDataHash,
) -> Result<bool, CallError> {
    let query = [("access_token", token.expose())];
    let body = json!({ "encrypted_msg_hash": hash.to_string() });
    match call
        .send::<CheckEncryptedData>(Request { path: PATH, query: &query, body: Some(body) })
        .await
    {
        Ok(response) => response.fields.valid.ok_or_else(|| {
            unavailable(response.reply(), "its response does not say whether it made the data")
                .into()
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
