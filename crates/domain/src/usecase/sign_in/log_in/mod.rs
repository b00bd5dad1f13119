//! Turns a login code into a user, a session and a token.

mod replay;
mod run;
mod seldom;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

pub use self::replay::IdempotencyKey;
use self::run::Run;
use self::seldom::Seldom;
use crate::model::{
    AppId, Apps, AvatarBaseUrl, ClientAddress, Device, LoginCode, Profile, Session, UnknownApp,
    User,
};
use crate::ports::{
    AccountStore, Clock, CryptoFault, KeyedTag, OnErasing, Randomness, RateLimiter, Sealer,
    SessionStore, StoreError, WechatGateway,
};
use crate::usecase::profile::phones::{PhoneCodeClaim, PhoneError, Phones};
use crate::usecase::support::single_flight::{Aborted, SingleFlight};
use crate::usecase::support::spent_codes::SpentCodes;
use crate::usecase::tokens::access_tokens::{AccessTokens, IssuedToken, TokenKind};
use crate::usecase::tokens::refresh::{IssuedRefreshToken, SessionPolicy};
use crate::usecase::tokens::refresh_tokens::RefreshTokens;

/// What a client sends. Texts are the client's claims and checked here.
#[derive(Debug, Default)]
pub struct LogInRequest {
    /// Which app; may be left out when there is one.
    pub app_id: Option<String>,
    /// The code of `wx.login`.
    pub code: LoginCodeClaim,
    /// What the person wants to be called; ignored when unacceptable.
    pub nickname: Option<String>,
    /// Where the person's picture is; ignored when unacceptable.
    pub avatar_url: Option<String>,
    /// The code of the phone-number button, whose number the person is to have.
    pub phone_code: Option<PhoneCodeClaim>,
    /// What the client calls its device; ignored when unacceptable.
    pub device: Option<String>,
    /// Whether a person who has asked to be erased comes back.
    pub restore: bool,
    /// Lets the client repeat this login when the answer was lost.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// A login code as the client sent it: perhaps a code, so it does not print.
#[derive(Default)]
pub struct LoginCodeClaim(pub String);

impl std::fmt::Debug for LoginCodeClaim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LoginCodeClaim(…)")
    }
}

/// A person is signed in.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// The user.
    pub user: User,
    /// Whether this login made the user.
    pub is_new: bool,
    /// The session that was opened.
    pub session: Session,
    /// The access token, of the kind that was asked for.
    pub token: IssuedToken,
    /// The refresh token.
    pub refresh: IssuedRefreshToken,
    /// Why the phone number was not bound, if one was to be.
    pub phone_problem: Option<PhoneError>,
}

/// Nobody was signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogInError {
    /// The request names no app of this deployment.
    #[error(transparent)]
    UnknownApp(#[from] UnknownApp),
    /// The code has not the shape of a code; WeChat was not asked.
    #[error("the code has not the shape of a login code")]
    CodeMalformed,
    /// WeChat does not know the code: a new one is needed.
    #[error("the code is invalid")]
    CodeInvalid,
    /// The code was used before: a new one is needed.
    #[error("the code has been used")]
    CodeUsed,
    /// The idempotency key was used with another request.
    #[error("the idempotency key was used with another request")]
    IdempotencyKeyReused,
    /// WeChat holds the person for a high risk.
    #[error("WeChat blocks the login")]
    BlockedByWechat,
    /// The person is unknown and sign-up is closed.
    #[error("sign-up is closed")]
    SignUpClosed,
    /// The user is shut out.
    #[error("the user is disabled")]
    UserDisabled,
    /// The user has asked to be erased, and has not asked to come back.
    #[error("the account is about to be erased")]
    AccountErasing,
    /// Too many failed logins from this address, or too many calls for WeChat.
    #[error("too many logins")]
    RateLimited {
        /// When to try again.
        retry_after: Duration,
    },
    /// WeChat refuses this service until its operator mends something.
    #[error("WeChat refuses this service")]
    WechatMisconfigured,
    /// WeChat gave no usable answer: a new code is needed, later.
    #[error("WeChat is not available")]
    WechatUnavailable {
        /// When to try again.
        retry_after: Duration,
    },
    /// The database did not answer: a new code is needed, later.
    #[error("the login could not be stored")]
    Store(#[from] StoreError),
    /// A defect of this service.
    #[error("the login broke off")]
    Broken,
}

impl From<CryptoFault> for LogInError {
    fn from(fault: CryptoFault) -> Self {
        tracing::error!(%fault, "a login broke off");
        Self::Broken
    }
}

/// What [`LogIn`] works with.
pub struct LogInParts {
    /// The mini-programs.
    pub apps: Apps,
    /// How sessions live.
    pub policy: SessionPolicy,
    /// Below which address pictures are shown that are kept here.
    pub avatar_base: AvatarBaseUrl,
    /// Issues the access tokens.
    pub tokens: Arc<AccessTokens>,
    /// Makes the refresh tokens.
    pub refresh: Arc<RefreshTokens>,
    /// Asks WeChat.
    pub wechat: Arc<dyn WechatGateway>,
    /// Writes users and sessions.
    pub accounts: Arc<dyn AccountStore>,
    /// Binds the phone number that comes with a login.
    pub phones: Arc<Phones>,
    /// Finds the session that an earlier try has opened.
    pub sessions: Arc<dyn SessionStore>,
    /// Seals session keys.
    pub sealer: Arc<dyn Sealer>,
    /// Counts failed logins.
    pub failures: Arc<dyn RateLimiter>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub randomness: Arc<dyn Randomness>,
}

/// Signs people in.
///
/// A login that has begun runs to its end, whether or not the client still waits: once WeChat has
/// spent the code there is no second chance to learn whose it was. Calls with the same app, code
/// and kind that overlap share one run, and a code is sent to WeChat once.
pub struct LogIn {
    parts: Arc<LogInParts>,
    spent: Arc<SpentCodes>,
    refusals: Arc<Seldom>,
    flights: SingleFlight<Flight, Result<LoggedIn, LogInError>>,
}

/// How many codes are remembered: some 5,000 a second for six minutes, in two sets of 32 MB.
const CODES: usize = 1_800_000;

/// What calls have in common that share one run.
type Flight = (AppId, LoginCode, TokenKind, Option<KeyedTag>);

impl LogIn {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: LogInParts) -> Self {
        Self {
            parts: Arc::new(parts),
            spent: Arc::new(SpentCodes::new(CODES)),
            refusals: Arc::default(),
            flights: SingleFlight::new(),
        }
    }

    /// Signs in whoever the code stands for and issues a token of `kind`.
    pub async fn log_in(
        &self,
        request: LogInRequest,
        kind: TokenKind,
        client: ClientAddress,
    ) -> Result<LoggedIn, LogInError> {
        let app = self.parts.apps.resolve(request.app_id.as_deref())?.clone();
        let code = LoginCode::parse(&request.code.0).map_err(|_| LogInError::CodeMalformed)?;
        let replay = replay::tags(self.parts.sealer.as_ref(), &app.id, &request, kind);
        let login = Run {
            parts: Arc::clone(&self.parts),
            spent: Arc::clone(&self.spent),
            refusals: Arc::clone(&self.refusals),
            app,
            code: code.clone(),
            kind,
            client,
            profile: Profile::from_claims(
                request.nickname.as_deref(),
                request.avatar_url.as_deref(),
            )
            .without_hosted_avatar(&self.parts.avatar_base),
            device: request.device.as_deref().and_then(|text| Device::parse(text).ok()),
            phone_code: request.phone_code,
            on_erasing: if request.restore { OnErasing::Restore } else { OnErasing::Refuse },
            replay,
        };
        // Another request under the same key must not be given this one's answer.
        let fingerprint = replay.map(|replay| replay.fingerprint);
        self.flights
            .run((login.app.id.clone(), code, kind, fingerprint), || login.run())
            .await
            .unwrap_or_else(|Aborted| Err(LogInError::Broken))
    }

    /// Waits until no login runs any more, including those whose client has gone.
    pub async fn idle(&self) {
        self.flights.idle().await;
    }
}
