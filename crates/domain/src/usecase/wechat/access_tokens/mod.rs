//! Keeps WeChat's access token of each app at hand. Logging in never needs one.

mod forced;
mod kept;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::forced::{Forced, NotNow};
use self::kept::{Kept, Want};
use crate::model::{AppId, Apps, UnknownApp, WechatAccessToken};
use crate::ports::{Clock, TokenUseError, WechatFault, WechatGateway, WechatReply};
use crate::usecase::support::single_flight::{Aborted, SingleFlight};

/// An access token that works, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldAccessToken {
    /// The token.
    pub token: WechatAccessToken,
    /// How long it works, from now.
    pub expires_in: Duration,
}

/// The token was not renewed by force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForceRefreshError {
    /// The last time was less than 30 seconds ago.
    #[error("WeChat's access token was renewed by force a moment ago")]
    TooSoon {
        /// When to try again.
        retry_after: Duration,
    },
    /// It was done 20 times within a day.
    #[error("WeChat's access token was renewed by force too often today")]
    UsedUp {
        /// When to try again.
        retry_after: Duration,
    },
    /// WeChat named the old token again: somebody else has used up what it allows.
    #[error("WeChat did not renew the access token")]
    Ignored,
    /// WeChat named no token.
    #[error(transparent)]
    Fault(#[from] WechatFault),
}

/// The access tokens of all apps, as this instance knows them.
///
/// WeChat names everybody who asks the same token, so that instances agree without talking to each
/// other. One question an app is on its way at a time, and those who need its answer share it. A
/// token is renewed in the last five minutes of its life, in which the old one still works, so that
/// nobody waits for it. After an answer that does not help WeChat is left alone for a moment.
pub struct WechatAccessTokens {
    shared: Arc<Shared>,
    asking: SingleFlight<(AppId, Want), Result<HeldAccessToken, WechatFault>>,
    forcing: SingleFlight<AppId, Result<HeldAccessToken, ForceRefreshError>>,
}

struct Shared {
    wechat: Arc<dyn WechatGateway>,
    clock: Arc<dyn Clock>,
    apps: HashMap<AppId, AppToken>,
}

#[derive(Default)]
struct AppToken {
    kept: Mutex<Kept>,
    forced: Mutex<Forced>,
    /// Held while WeChat is asked, so that answers arrive in the order they were made.
    asking: tokio::sync::Mutex<()>,
}

impl WechatAccessTokens {
    /// Starts with no token: the first who needs one waits.
    #[must_use]
    pub fn new(wechat: Arc<dyn WechatGateway>, apps: &Apps, clock: Arc<dyn Clock>) -> Self {
        let apps = apps.iter().map(|app| (app.id.clone(), AppToken::default())).collect();
        Self {
            shared: Arc::new(Shared { wechat, clock, apps }),
            asking: SingleFlight::new(),
            forcing: SingleFlight::new(),
        }
    }

    /// Whether this deployment has the app.
    #[must_use]
    pub fn knows(&self, app_id: &AppId) -> bool {
        self.shared.apps.contains_key(app_id)
    }

    /// A token that works. Waits for WeChat only where there is none at hand.
    pub async fn token(&self, app_id: &AppId) -> Result<HeldAccessToken, WechatFault> {
        let held = self.get(app_id, Want::Working).await?;
        if self.shared.answer(app_id, &Want::Fresh)?.is_none() {
            let key = (app_id.clone(), Want::Fresh);
            self.asking.start(key.clone(), || Arc::clone(&self.shared).ask(key));
        }
        Ok(held)
    }

    /// A token other than `refused`, of which WeChat has said that it does not work. WeChat is asked
    /// only if no other token has come since. It may name the same one again: there is none other
    /// then.
    pub async fn after_rejection(
        &self,
        app_id: &AppId,
        refused: &WechatAccessToken,
    ) -> Result<HeldAccessToken, WechatFault> {
        self.get(app_id, Want::Other(refused.clone())).await
    }

    /// Makes a call that carries a token. Should WeChat refuse the token, the call is made once more
    /// with another one, if there is another one, and never again.
    pub async fn with_token<T, E, F>(
        &self,
        app_id: &AppId,
        call: impl Fn(WechatAccessToken) -> F,
    ) -> Result<T, E>
    where
        E: TokenUseError,
        F: Future<Output = Result<T, E>>,
    {
        let first = self.token(app_id).await?.token;
        let rejected = match call(first.clone()).await {
            Err(error) if error.rejects_token() => error,
            result => return result,
        };
        let other = self.after_rejection(app_id, &first).await?.token;
        if other == first { Err(rejected) } else { call(other).await }
    }

    /// Has WeChat make a new token and end the old one at once, for everybody who holds it. For an
    /// operator who has reason to believe that the old one is in the wrong hands.
    ///
    /// WeChat counts what all instances ask and each instance counts its own: one of several may
    /// still be ignored.
    pub async fn force_refresh(
        &self,
        app_id: &AppId,
    ) -> Result<HeldAccessToken, ForceRefreshError> {
        let work = || Arc::clone(&self.shared).force(app_id.clone());
        let result = self.forcing.run(app_id.clone(), work).await;
        result.unwrap_or_else(|Aborted| Err(broken_off().into()))
    }

    /// Waits until WeChat is not being asked.
    pub async fn idle(&self) {
        self.asking.idle().await;
        self.forcing.idle().await;
    }

    async fn get(&self, app_id: &AppId, want: Want) -> Result<HeldAccessToken, WechatFault> {
        if let Some(answer) = self.shared.answer(app_id, &want)? {
            return answer;
        }
        let key = (app_id.clone(), want);
        let result = self.asking.run(key.clone(), || Arc::clone(&self.shared).ask(key)).await;
        result.unwrap_or_else(|Aborted| Err(broken_off()))
    }
}

impl Shared {
    /// What can be answered without asking WeChat, if anything.
    fn answer(
        &self,
        app_id: &AppId,
        want: &Want,
    ) -> Result<Option<Result<HeldAccessToken, WechatFault>>, WechatFault> {
        Ok(self.app(app_id)?.kept().answer(want, self.clock.now()))
    }

    async fn ask(
        self: Arc<Self>,
        (app_id, want): (AppId, Want),
    ) -> Result<HeldAccessToken, WechatFault> {
        let app = self.app(&app_id)?;
        let _turn = app.asking.lock().await;
        // Those who had their turn before may have brought the answer.
        if let Some(answer) = self.answer(&app_id, &want)? {
            return answer;
        }
        self.fetch(&app_id, app, &want, false).await
    }

    async fn force(self: Arc<Self>, app_id: AppId) -> Result<HeldAccessToken, ForceRefreshError> {
        let app = self.app(&app_id)?;
        let _turn = app.asking.lock().await;
        lock(&app.forced).take(Instant::now()).map_err(|not_now| match not_now {
            NotNow::TooSoon(retry_after) => ForceRefreshError::TooSoon { retry_after },
            NotNow::UsedUp(retry_after) => ForceRefreshError::UsedUp { retry_after },
        })?;
        let before = app.kept().token().cloned();
        let held = self.fetch(&app_id, app, &Want::Fresh, true).await?;
        if before.is_some_and(|before| before == held.token) {
            return Err(ForceRefreshError::Ignored);
        }
        Ok(held)
    }

    async fn fetch(
        &self,
        app_id: &AppId,
        app: &AppToken,
        want: &Want,
        force: bool,
    ) -> Result<HeldAccessToken, WechatFault> {
        let asked_at = self.clock.now();
        let fetched = self.wechat.access_token(app_id, force).await;
        let result = app.kept().note(want, fetched, asked_at, self.clock.now());
        match &result {
            Ok(held) => {
                let expires_in_seconds = held.expires_in.as_secs();
                tracing::info!(%app_id, expires_in_seconds, force, "WeChat named its access token");
            }
            Err(error @ WechatFault::Misconfigured { .. }) => {
                tracing::error!(%app_id, %error, "no access token until this is mended");
            }
            Err(error @ (WechatFault::RateLimited { .. } | WechatFault::Unavailable { .. })) => {
                tracing::warn!(%app_id, %error, "WeChat named no access token");
            }
            Err(WechatFault::NotAsked { .. }) => {}
        }
        result
    }

    fn app(&self, app_id: &AppId) -> Result<&AppToken, WechatFault> {
        self.apps.get(app_id).ok_or_else(|| WechatFault::Misconfigured {
            reply: WechatReply::default(),
            mend: UnknownApp::NotConfigured.to_string(),
        })
    }
}

impl AppToken {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn broken_off() -> WechatFault {
    WechatFault::Unavailable {
        reply: WechatReply::default(),
        what: "asking for its access token broke off",
        retry_after: Duration::from_secs(1),
    }
}
