//! Turns a login code into a user, a session and tokens.

mod replay;
mod request;
mod run;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use self::request::{IdempotencyKey, LogInError, LogInRequest, LoggedIn, LoginCodeClaim};
use self::run::{Run, Shared};
use crate::model::{AppId, ClientAddress, Device, LoginCode, Profile};
use crate::ports::{KeyedTag, OnErasing};
use crate::usecase::context::Context;
use crate::usecase::profile::phone::binding::Phones;
use crate::usecase::subject::Subject;
use crate::usecase::support::single_flight::{Aborted, SingleFlight};
use crate::usecase::tokens::access_tokens::TokenKind;

/// Signs users in.
///
/// A started login finishes even if the client hangs up: WeChat exchanges a code only once.
/// Concurrent calls with the same app, code and kind share one run, and a code is sent to WeChat
/// once.
pub struct LogIn {
    shared: Arc<Shared>,
    runs: SingleFlight<RunKey, Result<LoggedIn, LogInError>>,
}

/// What calls that share one run have in common. A request with the same idempotency key but other
/// content has another fingerprint, and must not get this one's answer.
type RunKey = (AppId, LoginCode, TokenKind, Option<KeyedTag>);

impl LogIn {
    pub(crate) fn new(context: Arc<Context>, phones: Arc<Phones>) -> Self {
        Self { shared: Arc::new(Shared::new(context, phones)), runs: SingleFlight::new() }
    }

    /// Signs in the user WeChat names for the code, and issues a token of `kind`.
    pub async fn log_in(
        &self,
        request: LogInRequest,
        kind: TokenKind,
        client: ClientAddress,
    ) -> Result<LoggedIn, LogInError> {
        let context = &self.shared.context;
        let app = context.policies.apps.resolve(request.app_id.as_deref())?.clone();
        Subject::app(app.id.clone()).note();
        let code = LoginCode::parse(&request.code.0).map_err(|_| LogInError::CodeMalformed)?;
        let replays = replay::tags(context.sealer(), &app.id, &request, kind);
        let fingerprint = replays.first().map(|replay| replay.fingerprint);
        let profile =
            Profile::from_claims(request.nickname.as_deref(), request.avatar_url.as_deref());
        let run = Run {
            shared: Arc::clone(&self.shared),
            app,
            code: code.clone(),
            kind,
            client,
            profile: profile.without_hosted_avatar(&context.avatar_base),
            device: request.device.as_deref().and_then(|text| Device::parse(text).ok()),
            phone_code: request.phone_code,
            on_erasing: if request.restore { OnErasing::Restore } else { OnErasing::Refuse },
            replays,
        };
        let key = (run.app.id.clone(), code, kind, fingerprint);
        let result = self.runs.run(key, || run.run()).await;
        result.unwrap_or_else(|Aborted| Err(LogInError::Internal))
    }

    /// Waits until no login is running, including those whose client has hung up.
    pub async fn idle(&self) {
        self.runs.idle().await;
    }
}
