//! Says whether `WeChat` made some encrypted phone data.
//!
//! Source:
//! <https://developers.weixin.qq.com/miniprogram/dev/api-backend/open-api/user-info/auth.checkEncryptedData.html>.

use poem::http::Method;
use poem::web::Data;
use poem::{Body, Request, Response, handler};

use super::handler::{Fields, handle_with_token};
use super::request::{JsonBody, Parameters, read};
use crate::call::Call;
use crate::errcode;
use crate::simulator::Simulator;
use crate::state::call_log::CallDetails;

/// Client libraries send the hash as a form or as JSON; both are accepted.
#[handler]
pub(super) async fn endpoint(
    Data(simulator): Data<&Simulator>,
    request: &Request,
    body: Body,
) -> Response {
    let query = Parameters::from_query(request);
    let body = read(body).await;
    let (json, form) = (JsonBody::parse(&body), Parameters::from_form(&body));
    let hash = json.text("encrypted_msg_hash").or_else(|| form.get("encrypted_msg_hash"));
    let details = CallDetails::new(Call::CheckEncryptedMsg);
    handle_with_token(simulator, query.get("access_token"), details, |state, app_id, now| {
        if request.method() != Method::POST {
            return Err(errcode::POST_REQUIRED);
        }
        let hash = hash.ok_or(errcode::DATA_FORMAT)?;
        let issued_at = state.encrypted_phones.issued_at(app_id, hash, now);
        Ok(Fields::from_iter([
            // The misspelling is WeChat's.
            ("vaild".to_owned(), issued_at.is_some().into()),
            ("create_time".to_owned(), (issued_at.unwrap_or_default() / 1000).into()),
        ]))
    })
    .await
}
