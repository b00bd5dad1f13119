//! Issues plain and stable access tokens.
//!
//! Sources:
//! <https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/access-token/auth.getAccessToken.html>
//! and <https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html>.

use poem::http::Method;
use poem::web::Data;
use poem::{Body, Request, Response, handler};

use super::handler::{Fields, handle};
use super::request::{JsonBody, Parameters, read};
use crate::call::Call;
use crate::config::SimConfig;
use crate::errcode::{self, Errcode};
use crate::simulator::Simulator;
use crate::state::access_tokens::Granted;
use crate::state::call_log::CallDetails;

#[handler]
pub(super) async fn plain(Data(simulator): Data<&Simulator>, request: &Request) -> Response {
    let query = Parameters::from_query(request);
    let details = CallDetails {
        app_id: query.get("appid").map(str::to_owned),
        ..CallDetails::new(Call::Token)
    };
    handle(simulator, details, |state, now| {
        if request.method() != Method::GET {
            return Err(errcode::GET_REQUIRED);
        }
        let app_id = authenticate(simulator.config(), |name| query.get(name))?;
        Ok(fields(state.access_tokens.plain(app_id, now)))
    })
    .await
}

/// A body that is not JSON has no fields, so the first error is the missing appid.
#[handler]
pub(super) async fn stable(
    Data(simulator): Data<&Simulator>,
    request: &Request,
    body: Body,
) -> Response {
    let body = JsonBody::parse(&read(body).await);
    let force = body.is_true("force_refresh");
    let details = CallDetails {
        app_id: body.text("appid").map(str::to_owned),
        force_refresh: force,
        ..CallDetails::new(Call::StableToken)
    };
    handle(simulator, details, |state, now| {
        if request.method() != Method::POST {
            return Err(errcode::POST_REQUIRED);
        }
        let app_id = authenticate(simulator.config(), |name| body.text(name))?;
        Ok(fields(state.access_tokens.stable(app_id, force, now)))
    })
    .await
}

/// `WeChat` checks the appid before the grant type; the rest of the order is this simulator's
/// choice.
fn authenticate<'a>(
    config: &SimConfig,
    parameter: impl Fn(&str) -> Option<&'a str>,
) -> Result<&'a str, Errcode> {
    let app_id = parameter("appid").ok_or(errcode::APPID_MISSING)?;
    let app = config.app(app_id).ok_or(errcode::INVALID_APPID)?;
    let secret = parameter("secret").ok_or(errcode::SECRET_MISSING)?;
    if parameter("grant_type") != Some("client_credential") {
        return Err(errcode::INVALID_GRANT_TYPE);
    }
    if app.secret != secret {
        return Err(errcode::INVALID_SECRET);
    }
    Ok(app_id)
}

fn fields(granted: Granted) -> Fields {
    Fields::from_iter([
        ("access_token".to_owned(), granted.token.into()),
        ("expires_in".to_owned(), granted.expires_in.into()),
    ])
}
