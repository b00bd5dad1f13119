//! Caches WeChat's access token of each app. Logging in does not need it.

mod forced_refresh;
#[cfg(test)]
mod tests;
mod token_cache;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::forced_refresh::{ForcedRefreshes, RefreshDenied};
pub use self::token_cache::HeldAccessToken;
use self::token_cache::{TokenCache, Want};
use crate::model::{AppId, Apps, UnknownApp, WechatAccessToken};
use crate::ports::{Clock, TokenUseError, WechatFault, WechatGateway, WechatReply};
use crate::usecase::support::RETRY_AFTER;
use crate::usecase::support::single_flight::{Aborted, SingleFlight};

/// Why a token was not force-refreshed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForceRefreshError {
    /// The last forced refresh was less than 30 seconds ago.
    #[error("WeChat's access token was force-refreshed less than 30 seconds ago")]
    TooSoon {
        /// When to retry.
        retry_after: Duration,
    },
    /// There were 20 forced refreshes within a day.
    #[error("WeChat's access token was force-refreshed 20 times within a day")]
    UsedUp {
        /// When to retry.
        retry_after: Duration,
    },
    /// WeChat returned the old token, because somebody else has used up its limit.
    #[error("WeChat did not refresh the access token")]
    Ignored,
    /// WeChat returned no token.
    #[error(transparent)]
    Wechat(#[from] WechatFault),
}

/// This instance's cache of the access tokens of all apps.
///
/// WeChat returns the same token to everybody who asks, so instances need not talk to each other.
/// WeChat is asked once at a time per app, and concurrent callers share the answer. A token is
/// renewed in the last five minutes of its life, while the old one is still valid, so that nobody
/// waits for it. After an answer without a new token, WeChat is not asked again for a while.
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
    cache: Mutex<TokenCache>,
    forced: Mutex<ForcedRefreshes>,
    /// Held while WeChat is asked, so that answers are stored in the order WeChat gave them.
    asking: tokio::sync::Mutex<()>,
}

impl WechatAccessTokens {
    /// Creates an empty cache: the first caller of each app waits for WeChat.
    pub(crate) fn new(wechat: Arc<dyn WechatGateway>, apps: &Apps, clock: Arc<dyn Clock>) -> Self {
        let apps = apps.iter().map(|app| (app.id.clone(), AppToken::default())).collect();
        Self {
            shared: Arc::new(Shared { wechat, clock, apps }),
            asking: SingleFlight::new(),
            forcing: SingleFlight::new(),
        }
    }

    /// Whether the app is configured.
    #[must_use]
    pub fn knows(&self, app_id: &AppId) -> bool {
        self.shared.apps.contains_key(app_id)
    }

    /// Returns a valid token. Waits for WeChat only if none is cached.
    pub async fn token(&self, app_id: &AppId) -> Result<HeldAccessToken, WechatFault> {
        let held = self.get(app_id, Want::Working).await?;
        if self.shared.answer(app_id, &Want::Fresh)?.is_none() {
            let key = (app_id.clone(), Want::Fresh);
            self.asking.start(key.clone(), || Arc::clone(&self.shared).ask(key));
        }
        Ok(held)
    }

    /// Returns a token other than `refused`, which WeChat refused. WeChat is asked only if the
    /// cache has no other token since. If WeChat returns the same token again, so does this.
    async fn after_rejection(
        &self,
        app_id: &AppId,
        refused: &WechatAccessToken,
    ) -> Result<HeldAccessToken, WechatFault> {
        self.get(app_id, Want::Other(refused.clone())).await
    }

    /// Makes a call with a token. If WeChat refuses the token, the call is made once more with
    /// another one, if there is one.
    pub(crate) async fn with_token<T, E, F>(
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

    /// Has WeChat create a new token and revoke the old one at once, for everybody who uses it. For
    /// operators whose token may be stolen.
    ///
    /// WeChat counts the calls of all instances, and each instance only its own, so WeChat may
    /// ignore a call that is within the limit here.
    pub async fn force_refresh(
        &self,
        app_id: &AppId,
    ) -> Result<HeldAccessToken, ForceRefreshError> {
        let work = || Arc::clone(&self.shared).force(app_id.clone());
        let result = self.forcing.run(app_id.clone(), work).await;
        result.unwrap_or_else(|Aborted| Err(aborted().into()))
    }

    /// Waits until WeChat is not being asked, in the background included.
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
        result.unwrap_or_else(|Aborted| Err(aborted()))
    }
}

impl Shared {
    /// Returns the result that needs no call of WeChat, if there is one.
    fn answer(
        &self,
        app_id: &AppId,
        want: &Want,
    ) -> Result<Option<Result<HeldAccessToken, WechatFault>>, WechatFault> {
        Ok(self.app(app_id)?.cache().answer(want, self.clock.now()))
    }

    async fn ask(
        self: Arc<Self>,
        (app_id, want): (AppId, Want),
    ) -> Result<HeldAccessToken, WechatFault> {
        let app = self.app(&app_id)?;
        let _turn = app.asking.lock().await;
        // The caller before may have brought the answer.
        if let Some(answer) = self.answer(&app_id, &want)? {
            return answer;
        }
        self.fetch(&app_id, app, &want, false).await
    }

    async fn force(self: Arc<Self>, app_id: AppId) -> Result<HeldAccessToken, ForceRefreshError> {
        let app = self.app(&app_id)?;
        let _turn = app.asking.lock().await;
        lock(&app.forced).take(Instant::now()).map_err(|denied| match denied {
            RefreshDenied::TooSoon(retry_after) => ForceRefreshError::TooSoon { retry_after },
            RefreshDenied::UsedUp(retry_after) => ForceRefreshError::UsedUp { retry_after },
        })?;
        let before = app.cache().token().cloned();
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
        let result = app.cache().note(want, fetched, asked_at, self.clock.now());
        if let Ok(held) = &result {
            let expires_in_seconds = held.expires_in.as_secs();
            tracing::info!(%app_id, expires_in_seconds, force, "got an access token from WeChat");
        }
        result
    }

    fn app(&self, app_id: &AppId) -> Result<&AppToken, WechatFault> {
        self.apps.get(app_id).ok_or_else(|| WechatFault::Misconfigured {
            reply: WechatReply::default(),
            fix: UnknownApp::NotConfigured.to_string(),
        })
    }
}

impl AppToken {
    fn cache(&self) -> MutexGuard<'_, TokenCache> {
        lock(&self.cache)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn aborted() -> WechatFault {
    WechatFault::Unavailable {
        reply: WechatReply::default(),
        what: "the call for its access token was aborted",
        retry_after: Duration::from_secs(1),
    }
}

/// WeChat refused even a new access token, so the call cannot succeed now.
pub(crate) fn token_rejected(reply: WechatReply) -> WechatFault {
    let what = "it refuses the access tokens it returns";
    WechatFault::Unavailable { reply, what, retry_after: RETRY_AFTER }
}
