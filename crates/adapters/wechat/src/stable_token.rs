use std::time::{Duration, Instant};

use serde_json::json;
use wxlogin_domain::model::WechatAccessToken;
use wxlogin_domain::ports::{FetchedAccessToken, WechatFault, WechatReply};

use crate::app_client::Call;
use crate::app_secrets::SecretSlot;
use crate::errcode::{INVALID_CREDENTIAL, INVALID_SECRET, unavailable, wrong_secret};
use crate::failure::Failure;
use crate::http::{Request, TIMED_OUT};
use crate::responses::{Response, StableToken};

pub(crate) const PATH: &str = "cgi-bin/stable_token";

/// Requests the app's access token
/// (<https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken>). If WeChat
/// refuses the preferred secret, tries the other one.
pub(crate) async fn stable_token(
    call: &Call<'_>,
    force: bool,
) -> Result<FetchedAccessToken, WechatFault> {
    let secrets = &call.app().secrets;
    let preferred = secrets.preferred();
    let result = match (send(call, preferred, force).await, secrets.other(preferred)) {
        (Err(failure), Some(other)) if refuses_secret(&failure) => send(call, other, force).await,
        (result, _) => result,
    };
    match result {
        Ok(response) => fetched(&response.fields)
            .ok_or_else(|| unavailable(response.reply(), "its response lacks an access token")),
        Err(failure) if refuses_secret(&failure) => Err(wrong_secret(failure.reply())),
        Err(failure) => Err(failure.fault(call.now())),
    }
}

/// Selects the secret for a code, which can be sent only once. If the app has two secrets and
/// neither is confirmed, an access token is requested first to find out which is right.
pub(crate) async fn select_secret(call: &Call<'_>) -> Result<SecretSlot, WechatFault> {
    let secrets = &call.app().secrets;
    if !secrets.needs_probe(Instant::now()) {
        return Ok(secrets.preferred());
    }
    let locked = tokio::time::timeout(call.time_left(), secrets.probe_lock.lock()).await;
    let _lock = locked.map_err(|_| unavailable(WechatReply::default(), TIMED_OUT))?;
    if secrets.needs_probe(Instant::now()) {
        let result = stable_token(call, false).await;
        secrets.probed(Instant::now());
        match result {
            // The code is not sent while WeChat does not answer.
            Err(
                WechatFault::Unavailable { reply: _, what, retry_after }
                | WechatFault::NotAsked { what, retry_after },
            ) => return Err(WechatFault::NotAsked { what, retry_after }),
            // The login may still succeed: the IP whitelist applies to access tokens, not to codes.
            Ok(_) | Err(WechatFault::RateLimited { .. } | WechatFault::Misconfigured { .. }) => {}
        }
    }
    Ok(secrets.preferred())
}

/// Requests a token with this secret and notes whether WeChat accepts the secret.
async fn send(
    call: &Call<'_>,
    slot: SecretSlot,
    force: bool,
) -> Result<Response<StableToken>, Failure> {
    let app = call.app();
    let body = json!({
        "grant_type": "client_credential",
        "appid": app.app_id.as_str(),
        "secret": app.secrets.get(slot).expose(),
        "force_refresh": force,
    });
    let result = call.send(Request { path: PATH, query: &[], body: Some(body) }).await;
    match &result {
        Ok(_) => app.secrets.accepted(slot),
        Err(failure) if refuses_secret(failure) => app.secrets.refused(slot),
        Err(_) => {}
    }
    result
}

/// Whether WeChat refuses the secret, given the failure of a call that carries one.
pub(crate) fn refuses_secret(failure: &Failure) -> bool {
    matches!(failure.errcode(), Some(INVALID_CREDENTIAL | INVALID_SECRET))
}

fn fetched(fields: &StableToken) -> Option<FetchedAccessToken> {
    let token = WechatAccessToken::parse(fields.access_token.as_deref()?).ok()?;
    let seconds = u64::try_from(fields.expires_in?).ok().filter(|seconds| *seconds > 0)?;
    Some(FetchedAccessToken { token, expires_in: Duration::from_secs(seconds) })
}
