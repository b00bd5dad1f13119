//! Checks and resets session keys.
//!
//! Sources:
//! <https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_checksessionkey> and
//! <https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_resetusersessionkey>.

use poem::http::Method;
use poem::web::Data;
use poem::{Request, Response, handler};

use super::handler::{Fields, handle_with_token};
use super::request::Parameters;
use crate::call::Call;
use crate::crypto::session_signature;
use crate::errcode::{self, Errcode};
use crate::simulator::Simulator;
use crate::state::call_log::CallDetails;
use crate::state::session_keys::SessionKeys;

#[handler]
pub(super) async fn check(Data(simulator): Data<&Simulator>, request: &Request) -> Response {
    handle_signed(simulator, Call::CheckSession, request, |_, _| Fields::new()).await
}

/// Issues a new key; the old one becomes invalid.
#[handler]
pub(super) async fn reset(Data(simulator): Data<&Simulator>, request: &Request) -> Response {
    handle_signed(simulator, Call::ResetUserSessionKey, request, |keys, openid| {
        Fields::from_iter([
            ("openid".to_owned(), openid.into()),
            ("session_key".to_owned(), keys.replace().into()),
        ])
    })
    .await
}

/// Handles either call. In both, a signature proves that the caller has the valid key.
async fn handle_signed(
    simulator: &Simulator,
    call: Call,
    request: &Request,
    then: impl FnOnce(&mut SessionKeys, &str) -> Fields,
) -> Response {
    let query = Parameters::from_query(request);
    let openid = query.get("openid").map(str::to_owned);
    let details = CallDetails { openid, ..CallDetails::new(call) };
    handle_with_token(simulator, query.get("access_token"), details, |state, app_id, _| {
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

/// Checks the signature of the empty string, which proves that the caller has the key.
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
