//! Exchanges a login code for an openid and a session key.
//!
//! Source:
//! <https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session>.

use poem::http::Method;
use poem::web::Data;
use poem::{Request, Response, handler};

use super::handler::{Fields, handle};
use super::request::Parameters;
use crate::call::Call;
use crate::config::SimConfig;
use crate::errcode::{self, Errcode};
use crate::simulator::Simulator;
use crate::state::State;
use crate::state::call_log::CallDetails;
use crate::state::one_time_codes::Refused;

/// `WeChat` accepts any method but reads the parameters of GET only, as a developer reports:
/// <https://blog.csdn.net/LYT_XLS/article/details/116333475>.
#[handler]
pub(super) async fn endpoint(Data(simulator): Data<&Simulator>, request: &Request) -> Response {
    let query = match *request.method() {
        Method::GET => Parameters::from_query(request),
        _ => Parameters::default(),
    };
    let details = CallDetails {
        app_id: query.get("appid").map(str::to_owned),
        code: query.get("js_code").map(str::to_owned),
        ..CallDetails::new(Call::Code2Session)
    };
    handle(simulator, details, |state, now| exchange(simulator.config(), state, &query, now)).await
}

/// `WeChat` does not publish the order of its checks. Here missing parameters come first, then
/// wrong ones, and the code last.
fn exchange(
    config: &SimConfig,
    state: &mut State,
    query: &Parameters,
    now: u64,
) -> Result<Fields, Errcode> {
    let app_id = query.get("appid").ok_or(errcode::APPID_MISSING)?;
    let secret = query.get("secret").ok_or(errcode::SECRET_MISSING)?;
    let code = query.get("js_code").ok_or(errcode::CODE_MISSING)?;
    if query.get("grant_type") != Some("authorization_code") {
        return Err(errcode::INVALID_GRANT_TYPE);
    }
    if config.app(app_id).ok_or(errcode::INVALID_APPID)?.secret != secret {
        return Err(errcode::INVALID_SECRET);
    }

    let spent = state.login_codes.spend(app_id, code, now, |_| true);
    let openid = spent.map_err(|refused| match refused {
        Refused::Invalid => errcode::INVALID_CODE,
        Refused::Used => errcode::CODE_USED,
    })?;
    let (session_key, unionid) = state.people.sign_in(app_id, &openid, now);
    let mut fields = Fields::from_iter([
        ("session_key".to_owned(), session_key.into()),
        ("openid".to_owned(), openid.into()),
    ]);
    if let Some(unionid) = unionid {
        fields.insert("unionid".to_owned(), unionid.into());
    }
    Ok(fields)
}
