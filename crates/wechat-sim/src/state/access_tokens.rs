//! Plain and stable access tokens, which do not affect each other.
//!
//! Sources:
//! <https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/access-token/auth.getAccessToken.html>
//! and
//! <https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/access-token/auth.getStableAccessToken.html>.

use std::collections::{HashMap, VecDeque};

use crate::errcode::{self, Errcode};
use crate::random;

const LIFETIME_MILLIS: u64 = 7200 * 1000;

/// How long an old token works beside its successor, and how long before it expires a stable token
/// is renewed.
const OVERLAP_MILLIS: u64 = 5 * 60 * 1000;

/// The shortest time between two forced refreshes.
const FORCE_INTERVAL_MILLIS: u64 = 30 * 1000;

/// How many refreshes can be forced in a day.
const FORCES_PER_DAY: u32 = 20;

const DAY_MILLIS: u64 = 24 * 3600 * 1000;

/// The UTC offset of Beijing. `WeChat` does not say when its day begins; the simulator assumes
/// midnight in Beijing.
const BEIJING_MILLIS: u64 = 8 * 3600 * 1000;

/// Plain tokens are as long as those that developers report; stable ones have the 512 characters
/// that `WeChat` asks to reserve.
const PLAIN_TOKEN_CHARACTERS: usize = 157;
const STABLE_TOKEN_CHARACTERS: usize = 512;

#[derive(Default)]
pub(crate) struct AccessTokens {
    tokens: IssuedTokens,
    /// The newest token of each app.
    plain: HashMap<String, String>,
    stable: HashMap<String, Stable>,
}

/// The stable tokens of one app.
#[derive(Default)]
struct Stable {
    current: String,
    previous: String,
    forced_at: Option<u64>,
    forced_on_day: u64,
    forced_that_day: u32,
}

/// A token as the client receives it.
pub(crate) struct Granted {
    pub(crate) token: String,
    /// The remaining lifetime in seconds.
    pub(crate) expires_in: u64,
}

impl AccessTokens {
    /// Issues a new plain token. The one before works for five more minutes.
    pub(crate) fn plain(&mut self, app_id: &str, now: u64) -> Granted {
        let token = self.tokens.issue(app_id, PLAIN_TOKEN_CHARACTERS, now);
        if let Some(previous) = self.plain.insert(app_id.to_owned(), token.clone()) {
            self.tokens.supersede(&previous, now, now + OVERLAP_MILLIS);
        }
        self.tokens.grant(token, now)
    }

    /// Returns the stable token, or a new one in its last five minutes. If `force` is set and
    /// allowed, issues a new token and ends the earlier ones at once.
    pub(crate) fn stable(&mut self, app_id: &str, force: bool, now: u64) -> Granted {
        let stable = self.stable.entry(app_id.to_owned()).or_default();
        let forced = force && stable.may_force(now);
        if forced {
            stable.note_forced(now);
        } else if self.tokens.millis_left(&stable.current, now) >= OVERLAP_MILLIS {
            return self.tokens.grant(stable.current.clone(), now);
        }
        let token = self.tokens.issue(app_id, STABLE_TOKEN_CHARACTERS, now);
        let previous = std::mem::replace(&mut stable.current, token.clone());
        if forced {
            self.tokens.supersede(&stable.previous, now, now);
            self.tokens.supersede(&previous, now, now);
        } else {
            self.tokens.supersede(&previous, now, now + OVERLAP_MILLIS);
        }
        stable.previous = previous;
        self.tokens.grant(token, now)
    }

    /// The app of a valid token.
    pub(crate) fn check(&self, token: &str, now: u64) -> Result<String, Errcode> {
        self.tokens.check(token, now)
    }

    /// The app for which a token was issued, valid or not.
    pub(crate) fn app_of(&self, token: &str) -> Option<String> {
        self.tokens.by_token.get(token).map(|issued| issued.app_id.clone())
    }
}

impl Stable {
    fn may_force(&self, now: u64) -> bool {
        let is_apart = |at: u64| now.saturating_sub(at) >= FORCE_INTERVAL_MILLIS;
        let is_new_day = self.forced_on_day != day(now);
        self.forced_at.is_none_or(is_apart) && (is_new_day || self.forced_that_day < FORCES_PER_DAY)
    }

    fn note_forced(&mut self, now: u64) {
        if self.forced_on_day != day(now) {
            self.forced_on_day = day(now);
            self.forced_that_day = 0;
        }
        self.forced_that_day += 1;
        self.forced_at = Some(now);
    }
}

fn day(now: u64) -> u64 {
    (now + BEIJING_MILLIS) / DAY_MILLIS
}

/// The tokens issued within the last day, valid or not.
#[derive(Default)]
struct IssuedTokens {
    by_token: HashMap<String, IssuedToken>,
    /// Oldest first, so that old tokens can be removed cheaply.
    order: VecDeque<String>,
}

struct IssuedToken {
    app_id: String,
    issued_at: u64,
    ends_at: u64,
    superseded: bool,
}

impl IssuedTokens {
    fn issue(&mut self, app_id: &str, characters: usize, now: u64) -> String {
        self.remove_old(now);
        let token = random::access_token(characters);
        let issued = IssuedToken {
            app_id: app_id.to_owned(),
            issued_at: now,
            ends_at: now + LIFETIME_MILLIS,
            superseded: false,
        };
        self.by_token.insert(token.clone(), issued);
        self.order.push_back(token.clone());
        token
    }

    /// Makes a token end at `ends_at` because a newer one replaces it, unless it has ended already.
    fn supersede(&mut self, token: &str, now: u64, ends_at: u64) {
        if let Some(issued) = self.by_token.get_mut(token).filter(|issued| issued.ends_at > now) {
            issued.ends_at = ends_at;
            issued.superseded = true;
        }
    }

    fn millis_left(&self, token: &str, now: u64) -> u64 {
        self.by_token.get(token).map_or(0, |issued| issued.ends_at.saturating_sub(now))
    }

    fn grant(&self, token: String, now: u64) -> Granted {
        let expires_in = self.millis_left(&token, now) / 1000;
        Granted { token, expires_in }
    }

    /// An invented token is unknown, whatever its shape. `WeChat` lists 40014 too, but public
    /// captures show 40001 for tokens without the shape of one, and 40014 only from other services:
    /// <https://github.com/NotFound403/wecom-sdk/issues/22>.
    fn check(&self, token: &str, now: u64) -> Result<String, Errcode> {
        match self.by_token.get(token) {
            None => Err(errcode::INVALID_TOKEN),
            Some(issued) if issued.ends_at > now => Ok(issued.app_id.clone()),
            Some(issued) if issued.superseded => Err(errcode::INVALID_TOKEN),
            Some(_) => Err(errcode::TOKEN_EXPIRED),
        }
    }

    /// Removes tokens a day after they were issued; then they are unknown.
    fn remove_old(&mut self, now: u64) {
        while let Some(oldest) = self.order.front() {
            let issued = self.by_token.get(oldest);
            if issued.is_some_and(|issued| now.saturating_sub(issued.issued_at) < DAY_MILLIS) {
                return;
            }
            self.by_token.remove(oldest);
            self.order.pop_front();
        }
    }
}
