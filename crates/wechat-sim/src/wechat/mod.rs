//! `WeChat`'s side: one file for each call, and what all calls share.

mod answer;
mod code2session;
pub(crate) mod errcode;

use poem::{Error, Request, Response, Route};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Simulator;
use crate::state::State;
use crate::state::calls::{Outcome, Recorded};
use errcode::Errcode;

/// The calls that are imitated, by the names that faults and the log use.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Call {
    /// `GET /sns/jscode2session`
    #[serde(rename = "code2session")]
    Code2Session,
}

/// A call on its way in, as far as the log may know it.
struct Asked {
    call: Call,
    app_id: Option<String>,
    code: Option<String>,
}

type Fields = Map<String, Value>;

/// `WeChat`'s paths.
pub(crate) fn routes() -> Route {
    Route::new().at("/sns/jscode2session", code2session::endpoint)
}

/// The answer to a path that nobody serves.
pub(crate) fn unknown(simulator: &Simulator, error: &Error) -> Response {
    let now = simulator.state().clock.now();
    let mut response = answer::plain(answer::failure(errcode::INVALID_URL, now));
    response.set_status(error.status());
    response
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
        state.calls.record(Recorded {
            at: now,
            call: asked.call,
            app_id: asked.app_id,
            code: asked.code,
            outcome: Outcome {
                errcode: match decided {
                    Some(Ok(_)) => Some(errcode::OK),
                    Some(Err(errcode)) => Some(errcode),
                    None => None,
                },
                fault: fault.as_ref().map(|fault| fault.kind),
            },
        });
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

/// The query's parameters; the first of a name counts and an empty one is none.
struct Query(Vec<(String, String)>);

impl Query {
    fn of(request: &Request) -> Self {
        Self(request.params().unwrap_or_default())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }
}
