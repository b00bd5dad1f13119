//! Turns a login code into a user, a session and a token.

mod seldom;
mod spent_codes;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use self::seldom::Seldom;
use self::spent_codes::{Spending, SpentCodes};
use super::access_tokens::{AccessTokens, IssuedToken, TokenKind};
use super::session_keys::seal_session_key;
use super::single_flight::{Aborted, SingleFlight};
use super::tombstones::tombstones;
use crate::model::{
    App, AppId, Apps, ClientAddress, Device, IdentityKey, LoginCode, OpenId, Profile, Salt,
    Session, SessionId, SignUp, UnknownApp, User, UserId,
};
use crate::ports::{
    AccountStore, Clock, CodeExchange, CryptoFault, ExchangeError, LoginOutcome, LoginRecord,
    NewSession, OnErasing, OnUnknown, Randomness, RateLimiter, Replayed, RetryAfter, Sealer,
    StoreError, WechatGateway,
};

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
    /// What the client calls its device; ignored when unacceptable.
    pub device: Option<String>,
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
    /// WeChat's id of the person in this app.
    pub open_id: OpenId,
    /// Whether this login made the user.
    pub is_new: bool,
    /// The session that was opened.
    pub session: Session,
    /// The token, of the kind that was asked for.
    pub token: IssuedToken,
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

/// How sessions are opened.
#[derive(Debug, Clone, Copy)]
pub struct SessionPolicy {
    /// How long a session lives at most.
    pub lifetime: Duration,
    /// How many sessions a user may have.
    pub max_per_user: u32,
}

/// What [`LogIn`] works with.
pub struct LogInParts {
    /// The mini-programs.
    pub apps: Apps,
    /// How sessions are opened.
    pub sessions: SessionPolicy,
    /// Issues the tokens.
    pub tokens: Arc<AccessTokens>,
    /// Asks WeChat.
    pub wechat: Arc<dyn WechatGateway>,
    /// Writes users and sessions.
    pub accounts: Arc<dyn AccountStore>,
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
    flights: SingleFlight<(AppId, LoginCode, TokenKind), Result<LoggedIn, LogInError>>,
}

/// How soon to come back when something of ours is short.
const SOON: Duration = Duration::from_secs(5);

impl LogIn {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: LogInParts) -> Self {
        Self {
            parts: Arc::new(parts),
            spent: Arc::new(SpentCodes::new(SpentCodes::CAPACITY)),
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
            ),
            device: request.device.as_deref().and_then(|text| Device::parse(text).ok()),
        };
        self.flights
            .run((login.app.id.clone(), code, kind), || login.run())
            .await
            .unwrap_or_else(|Aborted| Err(LogInError::Broken))
    }

    /// Waits until no login runs any more, including those whose client has gone.
    pub async fn idle(&self) {
        self.flights.idle().await;
    }
}

/// One login on its way.
struct Run {
    parts: Arc<LogInParts>,
    spent: Arc<SpentCodes>,
    refusals: Arc<Seldom>,
    app: App,
    code: LoginCode,
    kind: TokenKind,
    client: ClientAddress,
    profile: Profile,
    device: Option<Device>,
}

impl Run {
    /// Every login on its way holds a permit of its client's address, and those that fail through
    /// the client's fault keep it. Counting here and not where the answer is given also counts
    /// clients that hang up.
    async fn run(self) -> Result<LoggedIn, LogInError> {
        let failures = &self.parts.failures;
        if let Err(RetryAfter(retry_after)) = failures.take(self.client) {
            if self.refusals.is_time(Instant::now()) {
                tracing::warn!("an address has too many failed logins, or too many on their way");
            }
            return Err(LogInError::RateLimited { retry_after });
        }
        let result = self.sign_in().await;
        if !matches!(result, Err(LogInError::CodeInvalid | LogInError::CodeUsed)) {
            failures.give_back(self.client);
        }
        result
    }

    async fn sign_in(&self) -> Result<LoggedIn, LogInError> {
        let exchange = self.exchange().await?;
        let open_id = exchange.open_id.clone();
        let record = self.record(exchange)?;
        let outcome = self.parts.accounts.record_login(record).await.inspect_err(|error| {
            tracing::error!(app_id = %self.app.id, %error, "a login could not be stored");
        })?;
        let (user, session, is_new) = match outcome {
            LoginOutcome::SignedIn { user, is_new, session, union_conflict } => {
                if let Some(conflict) = union_conflict {
                    tracing::warn!(
                        app_id = %self.app.id,
                        user_id = %conflict.user_id,
                        "WeChat named a unionid that conflicts with a stored one"
                    );
                }
                (user, session, is_new)
            }
            LoginOutcome::Replayed(Replayed { user, session, .. }) => (user, session, false),
            LoginOutcome::Disabled => return Err(LogInError::UserDisabled),
            LoginOutcome::Erasing => return Err(LogInError::AccountErasing),
            LoginOutcome::SignUpClosed => return Err(LogInError::SignUpClosed),
        };
        let token = self.parts.tokens.issue(self.kind, &user, &session)?;
        tracing::info!(app_id = %self.app.id, user_id = %user.id, is_new, "signed in");
        Ok(LoggedIn { user, open_id, is_new, session, token })
    }

    async fn exchange(&self) -> Result<CodeExchange, LogInError> {
        match self.spent.spend(&self.app.id, &self.code, Instant::now()) {
            Spending::First => {}
            Spending::Again => return Err(LogInError::CodeUsed),
            Spending::Full => {
                tracing::error!("more codes came in six minutes than this process can remember");
                return Err(LogInError::WechatUnavailable { retry_after: SOON });
            }
        }
        let app_id = &self.app.id;
        self.parts.wechat.exchange_code(app_id, &self.code).await.map_err(|error| match error {
            ExchangeError::CodeInvalid(_) => {
                tracing::info!(%app_id, %error, "a code was refused");
                LogInError::CodeInvalid
            }
            ExchangeError::CodeUsed(_) => {
                tracing::info!(%app_id, %error, "a code was refused");
                LogInError::CodeUsed
            }
            ExchangeError::Blocked(_) => {
                tracing::warn!(%app_id, %error, "a login was blocked");
                LogInError::BlockedByWechat
            }
            ExchangeError::RateLimited { retry_after, .. } => {
                tracing::warn!(%app_id, %error, "WeChat limits logins");
                LogInError::RateLimited { retry_after }
            }
            ExchangeError::Misconfigured { .. } => {
                tracing::error!(%app_id, %error, "no login succeeds until this is mended");
                LogInError::WechatMisconfigured
            }
            ExchangeError::Unavailable { retry_after, .. } => {
                tracing::warn!(%app_id, %error, "a code may be lost");
                LogInError::WechatUnavailable { retry_after }
            }
        })
    }

    fn record(&self, exchange: CodeExchange) -> Result<LoginRecord, CryptoFault> {
        let parts = &self.parts;
        let now = parts.clock.now();
        let identity = IdentityKey { app_id: self.app.id.clone(), open_id: exchange.open_id };
        let session_key =
            seal_session_key(parts.sealer.as_ref(), &identity, &exchange.session_key)?;
        Ok(LoginRecord {
            tombstones: tombstones(parts.sealer.as_ref(), &identity, exchange.union_id.as_ref()),
            identity,
            union_id: exchange.union_id,
            new_user_id: UserId::new(now, parts.randomness.as_ref()),
            profile: self.profile.clone(),
            session_key,
            session: NewSession {
                id: SessionId::new(now, parts.randomness.as_ref()),
                salt: Salt::new(parts.randomness.as_ref()),
                device: self.device.clone(),
                expires_at: now.plus(parts.sessions.lifetime),
                ends_at: now.plus(parts.sessions.lifetime),
            },
            replay: None,
            on_erasing: OnErasing::Refuse,
            tokens_until: now.plus(parts.sessions.lifetime),
            on_unknown: match self.app.sign_up {
                SignUp::Open => OnUnknown::Create,
                SignUp::Closed => OnUnknown::Refuse,
            },
            max_sessions: parts.sessions.max_per_user,
            now,
        })
    }
}
