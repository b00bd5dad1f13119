use wxlogin_domain::model::{App, LoginCode, OpenId, SessionKey, UnionId};
use wxlogin_domain::ports::{Clock, CodeExchange, ExchangeError, WechatReply};

use crate::errcode::{judge, unavailable};
use crate::http::{Http, NoAnswer};
use crate::wire::{Answer, Code2Session};

/// Asks WeChat whom a code stands for
/// (<https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session>).
pub(crate) async fn code2session(
    http: &Http,
    app: &App,
    code: &LoginCode,
    clock: &dyn Clock,
) -> Result<CodeExchange, ExchangeError> {
    let query = [
        ("appid", app.id.as_str()),
        ("secret", app.secret.expose()),
        ("js_code", code.expose()),
        ("grant_type", "authorization_code"),
    ];
    let answer = http
        .get("sns/jscode2session", &query)
        .await
        .map_err(|NoAnswer(what)| unavailable(WechatReply::default(), what))?;

    let unreadable = if answer.is_ok {
        "its answer is not the JSON it should be"
    } else {
        "it answers with an HTTP error"
    };
    let unreadable = || unavailable(WechatReply::default(), unreadable);
    let said: Answer<Code2Session> =
        serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    match said.errcode {
        None if !answer.is_ok => Err(unreadable()),
        None | Some(0) => named(&said)
            .ok_or_else(|| unavailable(said.reply(), "its answer names nobody, or has no key")),
        Some(errcode) => {
            let errmsg = said.errmsg.as_deref().unwrap_or_default();
            Err(judge(errcode, errmsg, said.reply(), clock.now()))
        }
    }
}

/// Whom a good answer names. A unionid that is none leaves the person known by openid alone.
fn named(said: &Answer<Code2Session>) -> Option<CodeExchange> {
    let fields = &said.fields;
    Some(CodeExchange {
        open_id: OpenId::parse(fields.openid.as_deref()?).ok()?,
        union_id: fields.unionid.as_deref().and_then(|text| UnionId::parse(text).ok()),
        session_key: SessionKey::parse(fields.session_key.as_deref()?).ok()?,
    })
}
