use std::sync::Arc;
use std::time::{Duration, Instant};

use super::replay::Earlier;
use super::seldom::Seldom;
use super::{LogInError, LogInParts, LoggedIn};
use crate::model::{
    App, ClientAddress, Device, IdentityKey, LoginCode, Profile, Salt, Session, SessionId, SignUp,
    Timestamp, User, UserId, UserStatus,
};
use crate::ports::{
    CodeExchange, CryptoFault, ExchangeError, LoginOutcome, LoginRecord, NewSession, OnErasing,
    OnUnknown, Replay, Replayed, RetryAfter, WechatFault,
};
use crate::usecase::SOON;
use crate::usecase::profile::phones::PhoneCodeClaim;
use crate::usecase::support::spent_codes::{Spending, SpentCodes};
use crate::usecase::support::tombstones::tombstones;
use crate::usecase::tokens::access_tokens::TokenKind;
use crate::usecase::tokens::refresh::IssuedRefreshToken;
use crate::usecase::wechat::session_keys::seal_session_key;

/// How long a session key that was replaced may still be tried: what was encrypted a moment before a
/// login arrives a moment after it.
const PREVIOUS_KEY: Duration = Duration::from_hours(1);

/// One login on its way.
pub(super) struct Run {
    pub(super) parts: Arc<LogInParts>,
    pub(super) spent: Arc<SpentCodes>,
    pub(super) refusals: Arc<Seldom>,
    pub(super) app: App,
    pub(super) code: LoginCode,
    pub(super) kind: TokenKind,
    pub(super) client: ClientAddress,
    pub(super) profile: Profile,
    pub(super) device: Option<Device>,
    pub(super) phone_code: Option<PhoneCodeClaim>,
    pub(super) on_erasing: OnErasing,
    pub(super) replay: Option<Replay>,
}

impl Run {
    /// Every login on its way holds a permit of its client's address, and those that fail through
    /// the client's fault keep it. Counting here and not where the answer is given also counts
    /// clients that hang up.
    pub(super) async fn run(self) -> Result<LoggedIn, LogInError> {
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
        let mut logged_in = result?;
        self.bind_phone(&mut logged_in).await;
        Ok(logged_in)
    }

    /// Binds the phone number that came with the login. The login holds, whatever becomes of that.
    async fn bind_phone(&self, logged_in: &mut LoggedIn) {
        let Some(code) = &self.phone_code else { return };
        match self.parts.phones.bind_at_login(&logged_in.session, code).await {
            Ok(user) => logged_in.user = user,
            Err(error) => logged_in.phone_problem = Some(error),
        }
    }

    async fn sign_in(&self) -> Result<LoggedIn, LogInError> {
        if let Some(earlier) = self.earlier().await? {
            return self.repeat(earlier);
        }
        let exchange = match self.exchange().await {
            // Perhaps by an earlier try, which may still be on its way to the store.
            Err(LogInError::CodeUsed) => {
                let earlier = self.earlier_soon().await?.ok_or(LogInError::CodeUsed)?;
                return self.repeat(earlier);
            }
            exchange => exchange?,
        };
        let record = self.record(exchange)?;
        let now = record.now;
        let outcome = self.parts.accounts.record_login(record).await.inspect_err(|error| {
            tracing::error!(app_id = %self.app.id, %error, "a login could not be stored");
        })?;
        match outcome {
            LoginOutcome::SignedIn { user, is_new, session, union_conflict } => {
                if let Some(conflict) = union_conflict {
                    tracing::warn!(
                        app_id = %self.app.id,
                        user_id = %conflict.user_id,
                        "WeChat named a unionid that conflicts with a stored one"
                    );
                }
                tracing::info!(app_id = %self.app.id, user_id = %user.id, is_new, "signed in");
                self.logged_in(user, session, is_new, now)
            }
            LoginOutcome::Replayed(found) => {
                let replay = self.replay.ok_or(LogInError::Broken)?;
                self.repeat(Earlier::of(found, replay, now))
            }
            LoginOutcome::Disabled => Err(LogInError::UserDisabled),
            LoginOutcome::Erasing => Err(LogInError::AccountErasing),
            LoginOutcome::SignUpClosed => Err(LogInError::SignUpClosed),
        }
    }

    /// Hands out again what an earlier try has opened.
    fn repeat(&self, earlier: Earlier) -> Result<LoggedIn, LogInError> {
        match earlier {
            Earlier::Opened(found) => {
                let Replayed { user, session, .. } = *found;
                match user.status {
                    UserStatus::Disabled => return Err(LogInError::UserDisabled),
                    UserStatus::Active => {}
                }
                tracing::info!(app_id = %self.app.id, user_id = %user.id, "signed in again");
                let is_new = user.created_at == session.created_at;
                self.logged_in(user, session, is_new, self.parts.clock.now())
            }
            Earlier::Other => Err(LogInError::IdempotencyKeyReused),
            Earlier::Over => Err(LogInError::CodeUsed),
        }
    }

    fn logged_in(
        &self,
        user: User,
        session: Session,
        is_new: bool,
        now: Timestamp,
    ) -> Result<LoggedIn, LogInError> {
        let token = self.parts.tokens.issue(self.kind, &user, &session)?;
        let refresh = IssuedRefreshToken::of(&self.parts.refresh, &session, now);
        Ok(LoggedIn { user, is_new, session, token, refresh, phone_problem: None })
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
            ExchangeError::Fault(WechatFault::RateLimited { retry_after, .. }) => {
                tracing::warn!(%app_id, %error, "WeChat limits logins");
                LogInError::RateLimited { retry_after }
            }
            ExchangeError::Fault(WechatFault::Misconfigured { .. }) => {
                tracing::error!(%app_id, %error, "no login succeeds until this is mended");
                LogInError::WechatMisconfigured
            }
            ExchangeError::Fault(WechatFault::Unavailable { retry_after, .. }) => {
                tracing::warn!(%app_id, %error, "a code may be lost");
                LogInError::WechatUnavailable { retry_after }
            }
            ExchangeError::Fault(WechatFault::NotAsked { retry_after, .. }) => {
                self.spent.give_back(app_id, &self.code);
                LogInError::WechatUnavailable { retry_after }
            }
        })
    }

    fn record(&self, exchange: CodeExchange) -> Result<LoginRecord, CryptoFault> {
        let parts = &self.parts;
        let (sealer, randomness) = (parts.sealer.as_ref(), parts.randomness.as_ref());
        let now = parts.clock.now();
        let identity = IdentityKey { app_id: self.app.id.clone(), open_id: exchange.open_id };
        let ends_at = now.plus(parts.policy.lifetime);
        let idle = match self.kind {
            TokenKind::Access => parts.policy.idle,
            // It is never refreshed, and its token must not outlive it.
            TokenKind::Original => parts.tokens.policy().lifetime(self.kind),
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
                salt: Salt::new(randomness),
                device: self.device.clone(),
                expires_at: now.plus(idle).min(ends_at),
                ends_at,
            },
            replay: self.replay,
            on_unknown: match self.app.sign_up {
                SignUp::Open => OnUnknown::Create,
                SignUp::Closed => OnUnknown::Refuse,
            },
            on_erasing: self.on_erasing,
            previous_key_until: now.plus(PREVIOUS_KEY),
            max_sessions: parts.policy.max_per_user,
            tokens_until: parts.tokens.all_expired_by(now),
            now,
        })
    }
}
