//! Whether a session key is still valid, and a new one for it.
//!
//! Sources: <https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_checksessionkey>
//! and <https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_resetusersessionkey>.

use poem::http::Method;
use poem::web::Data;
use poem::{Request, Response, handler};

use super::errcode::{self, Errcode};
use super::request::Parameters;
use super::{Call, Fields};
use crate::Simulator;
use crate::crypto::session_signature;
use crate::state::calls::Asked;
use crate::state::session_keys::SessionKeys;

#[handler]
pub(super) async fn check(Data(simulator): Data<&Simulator>, request: &Request) -> Response {
    answer(simulator, Call::CheckSession, request, |_, _| Fields::new()).await
}

/// The old key dies.
#[handler]
pub(super) async fn reset(Data(simulator): Data<&Simulator>, request: &Request) -> Response {
    answer(simulator, Call::ResetUserSessionKey, request, |keys, openid| {
        Fields::from_iter([
            ("openid".to_owned(), openid.into()),
            ("session_key".to_owned(), keys.replace().into()),
        ])
    })
    .await
}

/// Both calls prove that the caller knows the valid key, and differ in what comes of it.
async fn answer(
    simulator: &Simulator,
    call: Call,
    request: &Request,
    then: impl FnOnce(&mut SessionKeys, &str) -> Fields,
) -> Response {
    let query = Parameters::of_query(request);
    let asked = Asked { openid: query.get("openid").map(str::to_owned), ..Asked::new(call) };
    super::answer_for_token(simulator, query.get("access_token"), asked, |state, app_id, _| {
        if request.method() != Method::GET {
            return Err(errcode::GET_REQUIRED);
        }
        let openid = query.get("openid").ok_or(errcode::OPENID_MISSING)?;
        let person = state.people.find_mut(app_id, openid).ok_or(errcode::INVALID_OPENID)?;
        verify(&query, &person.keys)?;
        Ok(then(&mut person.keys, openid))
    })
    .await
}

/// What is signed is nothing at all: the signature tells which key the caller holds.
fn verify(query: &Parameters, keys: &SessionKeys) -> Result<(), Errcode> {
    if query.get("sig_method") != Some("hmac_sha256") {
        return Err(errcode::INVALID_SIG_METHOD);
    }
    let expected = keys.current().map(|key| session_signature(key, b""));
    if expected.is_none() || expected.as_deref() != query.get("signature") {
        return Err(errcode::INVALID_SIGNATURE);
    }
    Ok(())
}
