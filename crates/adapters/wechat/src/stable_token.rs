use std::time::{Duration, Instant};

use serde_json::json;
use wxlogin_domain::model::WechatAccessToken;
use wxlogin_domain::ports::{FetchedAccessToken, WechatFault, WechatReply};

use crate::errcode::{INVALID_CREDENTIAL, INVALID_SECRET, unavailable, wrong_secret};
use crate::failure::Failure;
use crate::http::{Request, TOO_LATE};
use crate::line::Call;
use crate::secrets::Which;
use crate::wire::{Answer, StableToken};

pub(crate) const PATH: &str = "cgi-bin/stable_token";

/// Asks for the app's access token
/// (<https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken>), with the other
/// secret too if WeChat refuses the one it was believed to take.
pub(crate) async fn stable_token(
    call: &Call<'_>,
    force: bool,
) -> Result<FetchedAccessToken, WechatFault> {
    let secrets = &call.line().secrets;
    let believed = secrets.believed();
    let first = match ask(call, believed, force).await {
        Err(failure) if refuses_secret(&failure) => failure,
        result => return judge(call, result),
    };
    match secrets.other(believed) {
        None => judge(call, Err(first)),
        Some(other) => {
            let second = ask(call, other, force).await;
            judge(call, second)
        }
    }
}

/// The secret for a call that can be made only once. Which it is of two is asked for before, unless
/// it is known, or WeChat was asked and did not tell.
pub(crate) async fn secret_for_one_try(call: &Call<'_>) -> Result<Which, WechatFault> {
    let secrets = &call.line().secrets;
    if !secrets.is_worth_asking(Instant::now()) {
        return Ok(secrets.believed());
    }
    let turn = tokio::time::timeout(call.time_left(), secrets.asking.lock()).await;
    let _turn = turn.map_err(|_| unavailable(WechatReply::default(), TOO_LATE))?;
    if secrets.is_worth_asking(Instant::now()) {
        let told = stable_token(call, false).await;
        secrets.leave_alone(Instant::now());
        match told {
            // A WeChat that is not there is not given a code.
            Err(fault @ (WechatFault::Unavailable { .. } | WechatFault::NotAsked { .. })) => {
                return Err(fault);
            }
            // Logging in may work all the same: an address that is not in the whitelist may not ask
            // for access tokens, and may exchange codes.
            Ok(_) | Err(WechatFault::RateLimited { .. } | WechatFault::Misconfigured { .. }) => {}
        }
    }
    Ok(secrets.believed())
}

/// Asks with this secret, and notes whether WeChat takes it.
async fn ask(call: &Call<'_>, which: Which, force: bool) -> Result<Answer<StableToken>, Failure> {
    let line = call.line();
    let body = json!({
        "grant_type": "client_credential",
        "appid": line.app_id.as_str(),
        "secret": line.secrets.get(which).expose(),
        "force_refresh": force,
    });
    let result = call.ask(Request { path: PATH, query: &[], body: Some(body) }).await;
    match &result {
        Ok(_) => line.secrets.prove(which),
        Err(failure) if refuses_secret(failure) => line.secrets.doubt(which),
        Err(_) => {}
    }
    result
}

/// Whether the failure of a call that carries a secret means that the secret is wrong.
pub(crate) fn refuses_secret(failure: &Failure) -> bool {
    matches!(failure.errcode(), Some(INVALID_CREDENTIAL | INVALID_SECRET))
}

fn judge(
    call: &Call<'_>,
    result: Result<Answer<StableToken>, Failure>,
) -> Result<FetchedAccessToken, WechatFault> {
    match result {
        Ok(said) => fetched(&said.fields)
            .ok_or_else(|| unavailable(said.reply(), "its answer holds no access token")),
        Err(failure) if refuses_secret(&failure) => Err(wrong_secret(failure.reply())),
        Err(failure) => Err(failure.fault(call.now())),
    }
}

fn fetched(fields: &StableToken) -> Option<FetchedAccessToken> {
    let token = WechatAccessToken::parse(fields.access_token.as_deref()?).ok()?;
    let seconds = u64::try_from(fields.expires_in?).ok().filter(|seconds| *seconds > 0)?;
    Some(FetchedAccessToken { token, expires_in: Duration::from_secs(seconds) })
}
