//! `WeChat`'s side: one file for each call or pair of calls, and what all calls share.

mod access_token;
mod answer;
mod code2session;
mod encrypted_msg;
pub(crate) mod errcode;
mod phone_number;
mod request;
mod session_key;

use poem::{Error, Response, Route};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::state::State;
use crate::state::calls::{Asked, Outcome, Recorded};
use crate::{SimApp, SimConfig, Simulator};
use errcode::Errcode;

/// The calls that are imitated, by the names that faults and the log use.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Call {
    /// `GET /sns/jscode2session`
    Code2Session,
    /// `GET /cgi-bin/token`
    Token,
    /// `POST /cgi-bin/stable_token`
    #[serde(rename = "stable_token")]
    StableToken,
    /// `POST /wxa/business/getuserphonenumber`
    GetUserPhoneNumber,
    /// `GET /wxa/checksession`
    CheckSession,
    /// `GET /wxa/resetusersessionkey`
    ResetUserSessionKey,
    /// `POST /wxa/business/checkencryptedmsg`
    CheckEncryptedMsg,
}

impl Call {
    pub(crate) fn answers_session_key(self) -> bool {
        matches!(self, Self::Code2Session | Self::ResetUserSessionKey)
    }
}

type Fields = Map<String, Value>;

/// `WeChat`'s paths. Every method gets an answer, because `WeChat` refuses a wrong one in its own
/// words.
pub(crate) fn routes() -> Route {
    Route::new()
        .at("/sns/jscode2session", code2session::endpoint)
        .at("/cgi-bin/token", access_token::plain)
        .at("/cgi-bin/stable_token", access_token::stable)
        .at("/wxa/business/getuserphonenumber", phone_number::endpoint)
        .at("/wxa/checksession", session_key::check)
        .at("/wxa/resetusersessionkey", session_key::reset)
        .at("/wxa/business/checkencryptedmsg", encrypted_msg::endpoint)
}

/// The answer to a path that nobody serves.
pub(crate) fn unknown(simulator: &Simulator, error: &Error) -> Response {
    let now = simulator.state().clock.now();
    let mut response = answer::plain(answer::failure(errcode::INVALID_URL, now));
    response.set_status(error.status());
    response
}

/// Decides a call that needs an access token unless a fault does, logs it, and answers. The token
/// comes first, and what is decided about is the app that it speaks for.
async fn answer_for_token(
    simulator: &Simulator,
    token: Option<&str>,
    mut asked: Asked,
    decide: impl FnOnce(&mut State, &str, u64) -> Result<Fields, Errcode>,
) -> Response {
    asked.app_id = token.and_then(|token| simulator.state().access_tokens.app_of(token));
    answer(simulator, asked, |state, now| {
        let token = token.ok_or(errcode::TOKEN_MISSING)?;
        let app_id = state.access_tokens.check(token, now)?;
        let answered = decide(state, &app_id, now)?;
        let ok = [("errcode", Value::from(errcode::OK)), ("errmsg", "ok".into())];
        let ok = ok.map(|(name, value)| (name.to_owned(), value));
        Ok(ok.into_iter().chain(answered).collect())
    })
    .await
}

/// Decides a call unless a fault does, logs it, and answers.
///
/// Deciding and logging are one step that a client who hangs up cannot
/// interrupt; waiting and answering come after it.
async fn answer(
    simulator: &Simulator,
    asked: Asked,
    decide: impl FnOnce(&mut State, u64) -> Result<Fields, Errcode>,
) -> Response {
    let (fault, decided, now) = {
        let mut state = simulator.state();
        let now = state.clock.now();
        let fault = state.faults.take(asked.call);
        let decided = match &fault {
            Some(fault) if !fault.kind.reaches_wechat() => fault.errcode.map(Err),
            _ => Some(decide(&mut state, now)),
        };
        let outcome = Outcome {
            errcode: match decided {
                Some(Ok(_)) => Some(errcode::OK),
                Some(Err(errcode)) => Some(errcode),
                None => None,
            },
            fault: fault.as_ref().map(|fault| fault.kind),
        };
        state.calls.record(Recorded { at: now, asked, outcome });
        (fault, decided, now)
    };

    let fields = match decided {
        Some(Ok(fields)) => fields,
        Some(Err(errcode)) => answer::failure(errcode, now),
        None => Fields::new(),
    };
    match fault {
        None => answer::plain(fields),
        Some(fault) => {
            tokio::time::sleep(fault.delay()).await;
            answer::faulty(&fault, fields, now)
        }
    }
}

fn find_app<'a>(config: &'a SimConfig, app_id: &str) -> Result<&'a SimApp, Errcode> {
    config.app(app_id).ok_or(errcode::INVALID_APPID)
}
