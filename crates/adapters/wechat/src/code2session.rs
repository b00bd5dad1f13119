use std::time::Duration;

use wxlogin_domain::model::{LoginCode, OpenId, SessionKey, UnionId};
use wxlogin_domain::ports::{CodeExchange, ExchangeError, WechatFault};

use crate::app_client::Call;
use crate::errcode::{RETRY_AFTER, unavailable};
use crate::http::Request;
use crate::responses::Code2Session;
use crate::stable_token::{refuses_secret, select_secret};

pub(crate) const PATH: &str = "sns/jscode2session";

/// A code is not sent with less time left than this: WeChat would spend it and the response would
/// be lost.
const MIN_TIME_LEFT: Duration = Duration::from_millis(50);

const NO_TIME_LEFT: &str = "there was no time left to wait for its response";

/// Asks WeChat which user a code stands for
/// (<https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session>).
pub(crate) async fn code2session(
    call: &Call<'_>,
    code: &LoginCode,
) -> Result<CodeExchange, ExchangeError> {
    let app = call.app();
    let slot = select_secret(call).await?;
    if call.time_left() < MIN_TIME_LEFT {
        return Err(WechatFault::NotAsked { what: NO_TIME_LEFT, retry_after: RETRY_AFTER }.into());
    }
    let query = [
        ("appid", app.app_id.as_str()),
        ("secret", app.secrets.get(slot).expose()),
        ("js_code", code.expose()),
        ("grant_type", "authorization_code"),
    ];
    let failure = match call.send(Request { path: PATH, query: &query, body: None }).await {
        Ok(response) => {
            app.secrets.accepted(slot);
            return exchange(&response.fields).ok_or_else(|| {
                unavailable(response.reply(), "its response lacks an openid or a session key")
                    .into()
            });
        }
        Err(failure) => failure,
    };
    if refuses_secret(&failure) {
        app.secrets.refused(slot);
    }
    Err(match failure.errcode() {
        Some(40029 | 41008) => ExchangeError::CodeInvalid(failure.reply()),
        Some(40163) => ExchangeError::CodeUsed(failure.reply()),
        Some(40226) => ExchangeError::Blocked(failure.reply()),
        Some(_) | None => failure.fault(call.now()).into(),
    })
}

/// The user that a successful response names. An invalid unionid counts as absent.
fn exchange(fields: &Code2Session) -> Option<CodeExchange> {
    Some(CodeExchange {
        open_id: OpenId::parse(fields.openid.as_deref()?).ok()?,
        union_id: fields.unionid.as_deref().and_then(|text| UnionId::parse(text).ok()),
        session_key: SessionKey::parse(fields.session_key.as_deref()?).ok()?,
    })
}
