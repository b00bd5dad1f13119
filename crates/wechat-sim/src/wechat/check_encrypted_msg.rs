//! Whether `WeChat` itself encrypted some phone data.
//!
//! Source: <https://developers.weixin.qq.com/miniprogram/dev/api-backend/open-api/user-info/auth.checkEncryptedData.html>.

use poem::http::Method;
use poem::web::Data;
use poem::{Body, Request, Response, handler};

use super::request::{JsonBody, Parameters, read};
use super::{Call, Fields, errcode};
use crate::Simulator;
use crate::state::calls::Asked;

/// Client libraries send the hash as a form or as JSON, and both are understood.
#[handler]
pub(super) async fn endpoint(
    Data(simulator): Data<&Simulator>,
    request: &Request,
    body: Body,
) -> Response {
    let query = Parameters::of_query(request);
    let body = read(body).await;
    let (json, form) = (JsonBody::of(&body), Parameters::of_form(&body));
    let hash = json.text("encrypted_msg_hash").or_else(|| form.get("encrypted_msg_hash"));
    let asked = Asked::new(Call::CheckEncryptedMsg);
    super::answer_for_token(simulator, query.get("access_token"), asked, |state, app_id, now| {
        if request.method() != Method::POST {
            return Err(errcode::POST_REQUIRED);
        }
        let hash = hash.ok_or(errcode::DATA_FORMAT)?;
        let given_at = state.phone_data.given_at(app_id, hash, now);
        Ok(Fields::from_iter([
            // The spelling is WeChat's.
            ("vaild".to_owned(), given_at.is_some().into()),
            ("create_time".to_owned(), (given_at.unwrap_or_default() / 1000).into()),
        ]))
    })
    .await
}
