//! An access token for an appid and its secret.
//!
//! Sources: <https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/access-token/auth.getAccessToken.html>
//! and <https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html>.

use poem::http::Method;
use poem::web::Data;
use poem::{Body, Request, Response, handler};

use super::errcode::{self, Errcode};
use super::request::{JsonBody, Parameters, read};
use super::{Call, Fields, find_app};
use crate::state::access_tokens::Granted;
use crate::state::calls::Asked;
use crate::{SimConfig, Simulator};

#[handler]
pub(super) async fn plain(Data(simulator): Data<&Simulator>, request: &Request) -> Response {
    let query = Parameters::of_query(request);
    let asked = Asked { app_id: query.get("appid").map(str::to_owned), ..Asked::new(Call::Token) };
    super::answer(simulator, asked, |state, now| {
        if request.method() != Method::GET {
            return Err(errcode::GET_REQUIRED);
        }
        let app_id = authenticate(simulator.config(), |name| query.get(name))?;
        Ok(fields(state.access_tokens.plain(app_id, now)))
    })
    .await
}

/// A body that is no JSON has its fields not seen, so that the appid is missing first.
#[handler]
pub(super) async fn stable(
    Data(simulator): Data<&Simulator>,
    request: &Request,
    body: Body,
) -> Response {
    let body = JsonBody::of(&read(body).await);
    let force = body.is_true("force_refresh");
    let asked = Asked {
        app_id: body.text("appid").map(str::to_owned),
        force_refresh: force,
        ..Asked::new(Call::StableToken)
    };
    super::answer(simulator, asked, |state, now| {
        if request.method() != Method::POST {
            return Err(errcode::POST_REQUIRED);
        }
        let app_id = authenticate(simulator.config(), |name| body.text(name))?;
        Ok(fields(state.access_tokens.stable(app_id, force, now)))
    })
    .await
}

/// `WeChat` names a wrong appid before it misses a grant type; the rest of the order is this
/// simulator's choice.
fn authenticate<'a>(
    config: &SimConfig,
    parameter: impl Fn(&str) -> Option<&'a str>,
) -> Result<&'a str, Errcode> {
    let app_id = parameter("appid").ok_or(errcode::APPID_MISSING)?;
    let app = find_app(config, app_id)?;
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
