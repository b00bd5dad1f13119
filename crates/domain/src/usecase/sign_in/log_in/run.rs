//! One login from its code to its tokens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::replay::Earlier;
use super::request::{LogInError, LoggedIn};
use crate::model::{
    App, ClientAddress, Device, Generation, IdentityKey, LoginCode, OpenId, Profile, Salt, Session,
    SessionId, SignUp, User, UserId, UserStatus,
};
use crate::ports::{
    CodeExchange, CryptoFault, ExchangeError, LoginOutcome, LoginRecord, NewSession, OnErasing,
    OnUnknown, Replay, Replayed, RetryAfter, StoreError, WechatFault,
};
use crate::usecase::context::Context;
use crate::usecase::profile::phone::binding::{PhoneCodeClaim, Phones};
use crate::usecase::subject::Subject;
use crate::usecase::support::log_limiter::LogLimiter;
use crate::usecase::support::spent_codes::{Spending, SpentCodes};
use crate::usecase::support::tombstones::tombstones;
use crate::usecase::tokens::access_tokens::TokenKind;
use crate::usecase::wechat::session_key_sealing::seal_session_key;

/// How many codes of each app are remembered: about 5,000 a second for six minutes. An app with that
/// many logins needs 64 MB for them.
const CODES: usize = 1_800_000;

/// How long a replaced session key can still be used: data that was encrypted just before a login
/// arrives just after it.
const PREVIOUS_KEY: Duration = Duration::from_hours(1);

/// How often and at what interval to look for the session of an earlier try, which another instance
/// may be about to store.
const LOOKUPS: u32 = 10;
const LOOKUP_INTERVAL: Duration = Duration::from_millis(100);

/// What all logins of this instance share.
pub(super) struct Shared {
    pub(super) context: Arc<Context>,
    phones: Arc<Phones>,
    spent: SpentCodes,
    refusals: LogLimiter,
}

impl Shared {
    pub(super) fn new(context: Arc<Context>, phones: Arc<Phones>) -> Self {
        Self { context, phones, spent: SpentCodes::new(CODES), refusals: LogLimiter::default() }
    }
}

/// A running login.
pub(super) struct Run {
    pub(super) shared: Arc<Shared>,
    pub(super) app: App,
    pub(super) code: LoginCode,
    pub(super) kind: TokenKind,
    pub(super) client: ClientAddress,
    pub(super) profile: Profile,
    pub(super) device: Option<Device>,
    pub(super) phone_code: Option<PhoneCodeClaim>,
    pub(super) on_erasing: OnErasing,
    /// How a repetition is recognised, under each master key; the current one is first.
    pub(super) replays: Vec<Replay>,
}

impl Run {
    /// Runs the login. It takes a permit of the client's address, and gives it back unless the code was
    /// invalid, or WeChat limits calls because of too many. Counting here rather than at the answer also
    /// counts clients that hang up.
    pub(super) async fn run(self) -> Result<LoggedIn, LogInError> {
        let failures = &self.shared.context.ports.failures;
        if let Err(RetryAfter(retry_after)) = failures.take(self.client) {
            return Err(LogInError::TooManyFailures { retry_after });
        }
        let result = self.sign_in().await;
        match &result {
            Err(
                LogInError::CodeInvalid
                | LogInError::CodeUsed
                | LogInError::Wechat(WechatFault::RateLimited { .. }),
            ) => {}
            Ok(_) | Err(_) => failures.give_back(self.client),
        }
        let mut logged_in = result.inspect_err(|error| {
            if let LogInError::Store(error) = error {
                tracing::error!(app_id = %self.app.id, %error, "cannot store a login");
            }
        })?;
        // The login succeeds even if this fails.
        if let Some(code) = &self.phone_code {
            match self.shared.phones.bind_at_login(&logged_in.session, code).await {
                Ok(user) => logged_in.user = user,
                Err(error) => logged_in.phone_problem = Some(error),
            }
        }
        Ok(logged_in)
    }

    async fn sign_in(&self) -> Result<LoggedIn, LogInError> {
        if let Some(earlier) = self.find_earlier().await? {
            return self.repeat(earlier);
        }
        let exchange = match self.exchange().await {
            // Perhaps used by an earlier try, which may not be stored yet.
            Err(LogInError::CodeUsed) => {
                let earlier = self.wait_for_earlier().await?.ok_or(LogInError::CodeUsed)?;
                return self.repeat(earlier);
            }
            exchange => exchange?,
        };
        let context = &self.shared.context;
        let app_id = &self.app.id;
        let open_id = exchange.open_id.clone();
        match context.accounts().record_login(self.record(exchange)?).await? {
            LoginOutcome::SignedIn { user, is_new, session, union_conflict } => {
                if let Some(conflict) = union_conflict {
                    let user_id = conflict.user_id;
                    tracing::warn!(%app_id, %user_id, "WeChat's unionid conflicts with a stored one");
                }
                if is_new {
                    tracing::info!(%app_id, user_id = %user.id, "a user signed up");
                } else {
                    tracing::debug!(%app_id, user_id = %user.id, "signed in");
                }
                self.logged_in(user, session, is_new)
            }
            LoginOutcome::Replayed(found) => {
                let replay = *self.replays.first().ok_or(LogInError::Internal)?;
                self.repeat(Earlier::of(found, replay, context.now()))
            }
            LoginOutcome::Disabled => {
                self.note_user(open_id).await;
                Err(LogInError::UserDisabled)
            }
            LoginOutcome::Erasing => {
                self.note_user(open_id).await;
                Err(LogInError::AccountErasing)
            }
            LoginOutcome::SignUpClosed => Err(LogInError::SignUpClosed),
        }
    }

    /// Notes which user is refused, for the log.
    async fn note_user(&self, open_id: OpenId) {
        let identity = IdentityKey { app_id: self.app.id.clone(), open_id };
        if let Ok(Some(user)) = self.shared.context.accounts().find_by_identity(&identity).await {
            Subject::user(user.id).note();
        }
    }

    /// Finds an earlier login with the same idempotency key.
    async fn find_earlier(&self) -> Result<Option<Earlier>, StoreError> {
        let context = &self.shared.context;
        for replay in &self.replays {
            if let Some(found) = context.sessions().find_replay(replay.key).await? {
                return Ok(Some(Earlier::of(found, *replay, context.now())));
            }
        }
        Ok(None)
    }

    /// The same, for up to a second.
    async fn wait_for_earlier(&self) -> Result<Option<Earlier>, StoreError> {
        if self.replays.is_empty() {
            return Ok(None);
        }
        for _ in 0..LOOKUPS {
            tokio::time::sleep(LOOKUP_INTERVAL).await;
            if let Some(earlier) = self.find_earlier().await? {
                return Ok(Some(earlier));
            }
        }
        Ok(None)
    }

    /// Hands out the session of an earlier login again.
    fn repeat(&self, earlier: Earlier) -> Result<LoggedIn, LogInError> {
        match earlier {
            Earlier::Repeatable(found) => {
                let Replayed { user, session, .. } = *found;
                match user.status {
                    UserStatus::Disabled => {
                        Subject::user(user.id).note();
                        return Err(LogInError::UserDisabled);
                    }
                    UserStatus::Active => {}
                }
                tracing::info!(app_id = %self.app.id, user_id = %user.id, "a login was repeated");
                let is_new = user.created_at == session.created_at;
                self.logged_in(user, session, is_new)
            }
            Earlier::Different => Err(LogInError::IdempotencyKeyReused),
            Earlier::Expired => Err(LogInError::CodeUsed),
        }
    }

    fn logged_in(
        &self,
        user: User,
        session: Session,
        is_new: bool,
    ) -> Result<LoggedIn, LogInError> {
        let context = &self.shared.context;
        let token = context.access_tokens.issue(self.kind, &user, &session)?;
        let refresh = context.refresh_tokens.issue(&session, context.now());
        Ok(LoggedIn { user, is_new, session, token, refresh, phone_problem: None })
    }

    /// Fails if the database would not take the login. Nothing is spent yet.
    fn admitted(&self) -> Result<(), StoreError> {
        let Shared { context, refusals, .. } = self.shared.as_ref();
        let admitted = context.readiness.admits_login();
        admitted.and_then(|()| context.accounts().admits_login()).inspect_err(|error| {
            if refusals.allows(Instant::now()) {
                tracing::error!(%error, "logins are refused because the database takes none");
            }
        })
    }

    async fn exchange(&self) -> Result<CodeExchange, LogInError> {
        let Shared { context, spent, .. } = self.shared.as_ref();
        let app_id = &self.app.id;
        self.admitted().map_err(LogInError::NotAdmitted)?;
        match spent.spend(app_id, &self.code, Instant::now()) {
            Spending::First => {}
            Spending::Again => return Err(LogInError::CodeUsed),
        }
        context.wechat().exchange_code(app_id, &self.code).await.map_err(|error| match error {
            ExchangeError::CodeInvalid(_) => {
                spent.note_invalid(app_id, &self.code, Instant::now());
                LogInError::CodeInvalid
            }
            ExchangeError::CodeUsed(_) => LogInError::CodeUsed,
            ExchangeError::Blocked(_) => LogInError::BlockedByWechat,
            ExchangeError::Fault(fault) => {
                if matches!(fault, WechatFault::NotAsked { .. }) {
                    spent.give_back(app_id, &self.code);
                }
                fault.into()
            }
        })
    }

    fn record(&self, exchange: CodeExchange) -> Result<LoginRecord, CryptoFault> {
        let context = &self.shared.context;
        let (sealer, randomness) = (context.sealer(), context.randomness());
        let policy = context.policies.sessions;
        let now = context.now();
        let identity = IdentityKey { app_id: self.app.id.clone(), open_id: exchange.open_id };
        let ends_at = now.plus(policy.lifetime);
        let (idle, generation) = match self.kind {
            TokenKind::Access => (policy.idle, Generation::FIRST),
            // It is never refreshed, and its token must not outlive it.
            TokenKind::Original => (context.policies.tokens.lifetime(self.kind), Generation::NONE),
        };
        Ok(LoginRecord {
            tombstones: tombstones(sealer, &identity, exchange.union_id.as_ref()),
            session_key: seal_session_key(sealer, &identity, &exchange.session_key)?,
            identity,
            union_id: exchange.union_id,
            new_user_id: UserId::new(now, randomness),
            profile: self.profile.clone(),
            session: NewSession {
                id: SessionId::new(now, randomness),
                generation,
                salt: Salt::new(randomness),
                device: self.device.clone(),
                expires_at: now.plus(idle).min(ends_at),
                ends_at,
            },
            replay: self.replays.first().copied(),
            on_unknown: match self.app.sign_up {
                SignUp::Open => OnUnknown::Create,
                SignUp::Closed => OnUnknown::Refuse,
            },
            on_erasing: self.on_erasing,
            previous_key_until: now.plus(PREVIOUS_KEY),
            max_sessions: policy.max_per_user,
            tokens_until: context.access_tokens.all_expired_by(now),
            now,
        })
    }
}
