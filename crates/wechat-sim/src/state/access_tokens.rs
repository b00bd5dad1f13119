//! Access tokens of both kinds, which know nothing of each other.
//!
//! Sources: <https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/access-token/auth.getAccessToken.html>
//! and <https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/access-token/auth.getStableAccessToken.html>.

use std::collections::{HashMap, VecDeque};

use crate::random;
use crate::wechat::errcode::{self, Errcode};

const LIFETIME_MILLIS: u64 = 7200 * 1000;

/// How long an old token works beside its successor, and how long before its end a stable token is
/// renewed.
const OVERLAP_MILLIS: u64 = 5 * 60 * 1000;

const FORCED_APART_MILLIS: u64 = 30 * 1000;
const FORCED_PER_DAY: u32 = 20;

const DAY_MILLIS: u64 = 24 * 3600 * 1000;

/// `WeChat` does not say when its day begins; here it does in Beijing.
const BEIJING_MILLIS: u64 = 8 * 3600 * 1000;

/// Storage for a token must hold 512 characters. The plain tokens are as long as those seen in the
/// wild, the stable ones as long as any may be.
const PLAIN_TOKEN_CHARACTERS: usize = 157;
const STABLE_TOKEN_CHARACTERS: usize = 512;

#[derive(Default)]
pub(crate) struct AccessTokens {
    ledger: Ledger,
    /// The newest by app.
    plain: HashMap<String, String>,
    stable: HashMap<String, Stable>,
}

/// The stable tokens of one app.
#[derive(Default)]
struct Stable {
    current: String,
    before: String,
    forced_at: Option<u64>,
    forced_on_day: u64,
    forced_that_day: u32,
}

/// What a back end is given.
pub(crate) struct Granted {
    pub(crate) token: String,
    /// Seconds.
    pub(crate) expires_in: u64,
}

impl AccessTokens {
    /// A new token. The one before lives five minutes longer.
    pub(crate) fn plain(&mut self, app_id: &str, now: u64) -> Granted {
        let token = self.ledger.issue(app_id, PLAIN_TOKEN_CHARACTERS, now);
        if let Some(before) = self.plain.insert(app_id.to_owned(), token.clone()) {
            self.ledger.supersede(&before, now, now + OVERLAP_MILLIS);
        }
        self.ledger.grant(token, now)
    }

    /// The same token until its last five minutes, unless a refresh is forced and allowed: that
    /// ends the tokens before at once.
    pub(crate) fn stable(&mut self, app_id: &str, force: bool, now: u64) -> Granted {
        let stable = self.stable.entry(app_id.to_owned()).or_default();
        let forced = force && stable.may_force(now);
        if forced {
            stable.note_forced(now);
        } else if self.ledger.millis_left(&stable.current, now) >= OVERLAP_MILLIS {
            return self.ledger.grant(stable.current.clone(), now);
        }
        let token = self.ledger.issue(app_id, STABLE_TOKEN_CHARACTERS, now);
        let before = std::mem::replace(&mut stable.current, token.clone());
        if forced {
            self.ledger.supersede(&stable.before, now, now);
            self.ledger.supersede(&before, now, now);
        } else {
            self.ledger.supersede(&before, now, now + OVERLAP_MILLIS);
        }
        stable.before = before;
        self.ledger.grant(token, now)
    }

    /// The app that a token speaks for, if the token is good.
    pub(crate) fn check(&self, token: &str, now: u64) -> Result<String, Errcode> {
        self.ledger.check(token, now)
    }

    /// The app that a token was made for, good or not.
    pub(crate) fn app_of(&self, token: &str) -> Option<String> {
        self.ledger.issued.get(token).map(|issued| issued.app_id.clone())
    }
}

impl Stable {
    fn may_force(&self, now: u64) -> bool {
        let rested = |at: u64| now.saturating_sub(at) >= FORCED_APART_MILLIS;
        let is_new_day = self.forced_on_day != day(now);
        self.forced_at.is_none_or(rested) && (is_new_day || self.forced_that_day < FORCED_PER_DAY)
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

/// Every token that is still told apart from an invented one.
#[derive(Default)]
struct Ledger {
    issued: HashMap<String, Issued>,
    /// Oldest first, so that old tokens can be forgotten cheaply.
    order: VecDeque<String>,
}

struct Issued {
    app_id: String,
    at: u64,
    ends_at: u64,
    superseded: bool,
}

impl Ledger {
    fn issue(&mut self, app_id: &str, characters: usize, now: u64) -> String {
        self.forget_old(now);
        let token = random::access_token(characters);
        let issued = Issued {
            app_id: app_id.to_owned(),
            at: now,
            ends_at: now + LIFETIME_MILLIS,
            superseded: false,
        };
        self.issued.insert(token.clone(), issued);
        self.order.push_back(token.clone());
        token
    }

    /// A newer token is there, and this one ends when said; if it has ended already, it stays so.
    fn supersede(&mut self, token: &str, now: u64, ends_at: u64) {
        if let Some(issued) = self.issued.get_mut(token).filter(|issued| issued.ends_at > now) {
            issued.ends_at = ends_at;
            issued.superseded = true;
        }
    }

    fn millis_left(&self, token: &str, now: u64) -> u64 {
        self.issued.get(token).map_or(0, |issued| issued.ends_at.saturating_sub(now))
    }

    fn grant(&self, token: String, now: u64) -> Granted {
        let expires_in = self.millis_left(&token, now) / 1000;
        Granted { token, expires_in }
    }

    fn check(&self, token: &str, now: u64) -> Result<String, Errcode> {
        if !is_well_formed(token) {
            return Err(errcode::MALFORMED_TOKEN);
        }
        match self.issued.get(token) {
            None => Err(errcode::INVALID_TOKEN),
            Some(issued) if issued.ends_at > now => Ok(issued.app_id.clone()),
            Some(issued) if issued.superseded => Err(errcode::INVALID_TOKEN),
            Some(_) => Err(errcode::TOKEN_EXPIRED),
        }
    }

    /// A day after its making a token is as good as invented.
    fn forget_old(&mut self, now: u64) {
        while let Some(oldest) = self.order.front() {
            let issued = self.issued.get(oldest);
            if issued.is_some_and(|issued| now.saturating_sub(issued.at) < DAY_MILLIS) {
                return;
            }
            self.issued.remove(oldest);
            self.order.pop_front();
        }
    }
}

/// Two digits, an underscore, and URL-safe characters.
fn is_well_formed(token: &str) -> bool {
    let url_safe = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    token.len() <= STABLE_TOKEN_CHARACTERS
        && token.split_once('_').is_some_and(|(number, rest)| {
            number.len() == 2
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && !rest.is_empty()
                && rest.bytes().all(url_safe)
        })
}
