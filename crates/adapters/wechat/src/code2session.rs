use std::time::Duration;

use wxlogin_domain::model::{LoginCode, OpenId, SessionKey, UnionId};
use wxlogin_domain::ports::{CodeExchange, ExchangeError, WechatFault};

use crate::errcode::{SOON, unavailable};
use crate::http::Request;
use crate::line::Call;
use crate::stable_token::{refuses_secret, secret_for_one_try};
use crate::wire::Code2Session;

pub(crate) const PATH: &str = "sns/jscode2session";

/// A code whose answer has less time to come is not sent: it would be lost.
const LEAST_TIME: Duration = Duration::from_millis(50);

const TOO_LATE: &str = "there was no time left for an answer";

/// Asks WeChat whom a code stands for
/// (<https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session>).
pub(crate) async fn code2session(
    call: &Call<'_>,
    code: &LoginCode,
) -> Result<CodeExchange, ExchangeError> {
    let line = call.line();
    let which = secret_for_one_try(call).await?;
    if call.time_left() < LEAST_TIME {
        return Err(WechatFault::NotAsked { what: TOO_LATE, retry_after: SOON }.into());
    }
    let query = [
        ("appid", line.app_id.as_str()),
        ("secret", line.secrets.get(which).expose()),
        ("js_code", code.expose()),
        ("grant_type", "authorization_code"),
    ];
    let failure = match call.ask(Request { path: PATH, query: &query, body: None }).await {
        Ok(said) => {
            line.secrets.prove(which);
            return named(&said.fields).ok_or_else(|| {
                unavailable(said.reply(), "its answer names nobody, or has no key").into()
            });
        }
        Err(failure) => failure,
    };
    if refuses_secret(&failure) {
        line.secrets.doubt(which);
    }
    Err(match failure.errcode() {
        Some(40029 | 41008) => ExchangeError::CodeInvalid(failure.reply()),
        Some(40163) => ExchangeError::CodeUsed(failure.reply()),
        Some(40226) => ExchangeError::Blocked(failure.reply()),
        Some(_) | None => failure.fault(call.now()).into(),
    })
}

/// Whom a good answer names. A unionid that is none leaves the person known by openid alone.
fn named(fields: &Code2Session) -> Option<CodeExchange> {
    Some(CodeExchange {
        open_id: OpenId::parse(fields.openid.as_deref()?).ok()?,
        union_id: fields.unionid.as_deref().and_then(|text| UnionId::parse(text).ok()),
        session_key: SessionKey::parse(fields.session_key.as_deref()?).ok()?,
    })
}
