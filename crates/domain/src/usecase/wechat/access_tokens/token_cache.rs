use std::time::Duration;

use crate::model::{Timestamp, WechatAccessToken};
use crate::ports::{FetchedAccessToken, WechatFault};

/// How long before its expiry a token is renewed. WeChat has the next one from then on, and accepts
/// both for these five minutes.
const AHEAD: Duration = Duration::from_mins(5);

/// How long WeChat is not asked again after an answer without a new token.
const PAUSE: Duration = Duration::from_secs(10);

/// The longest such pause, whatever WeChat says: the operator may have fixed the configuration.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// A cached access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldAccessToken {
    /// The token.
    pub token: WechatAccessToken,
    /// Its remaining lifetime.
    pub expires_in: Duration,
}

/// The token a caller needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Want {
    /// A valid token.
    Working,
    /// A token that will be valid for some time.
    Fresh,
    /// A token other than this one, which WeChat refused.
    Other(WechatAccessToken),
}

/// One app's token, and the last answer of WeChat.
#[derive(Default)]
pub(super) struct TokenCache {
    token: Option<Token>,
    asked: Option<Asked>,
}

struct Token {
    token: WechatAccessToken,
    fetched_at: Timestamp,
    expires_at: Timestamp,
}

/// WeChat's last answer, and until when it is not asked again.
struct Asked {
    at: Timestamp,
    until: Timestamp,
    /// The error, if it was one.
    fault: Option<WechatFault>,
    /// Whether the answer was the same token that WeChat had refused.
    insists: bool,
}

impl TokenCache {
    /// Returns the result that needs no call of WeChat, if there is one.
    pub(super) fn answer(
        &self,
        want: &Want,
        now: Timestamp,
    ) -> Option<Result<HeldAccessToken, WechatFault>> {
        let held = self.held(now);
        let pause = self.asked.as_ref().filter(|asked| asked.at <= now && now < asked.until);
        let fault =
            pause.and_then(|asked| asked.fault.as_ref().map(|fault| waiting(fault, asked, now)));
        match (want, held) {
            (Want::Working, Some(held)) => Some(Ok(held)),
            (Want::Fresh, Some(held)) if held.expires_in > AHEAD || pause.is_some() => {
                Some(Ok(held))
            }
            (Want::Other(refused), Some(held)) if held.token != *refused => Some(Ok(held)),
            (Want::Other(_), Some(held)) if pause.is_some_and(|asked| asked.insists) => {
                Some(Ok(held))
            }
            (Want::Working | Want::Fresh | Want::Other(_), _) => fault.map(Err),
        }
    }

    /// Stores WeChat's answer to a call made at `asked_at`, and returns the result for the caller.
    pub(super) fn note(
        &mut self,
        want: &Want,
        answer: Result<FetchedAccessToken, WechatFault>,
        asked_at: Timestamp,
        now: Timestamp,
    ) -> Result<HeldAccessToken, WechatFault> {
        let pause = match &answer {
            Ok(_) | Err(WechatFault::Misconfigured { .. }) => PAUSE,
            Err(
                WechatFault::RateLimited { retry_after, .. }
                | WechatFault::Unavailable { retry_after, .. }
                | WechatFault::NotAsked { retry_after, .. },
            ) => (*retry_after).min(LONGEST_PAUSE),
        };
        let mut asked = Asked { at: now, until: now.plus(pause), fault: None, insists: false };
        let result = match answer {
            Ok(FetchedAccessToken { token, expires_in }) => {
                asked.insists = matches!(want, Want::Other(refused) if *refused == token);
                let expires_at = asked_at.plus(expires_in);
                self.token = Some(Token { token: token.clone(), fetched_at: asked_at, expires_at });
                Ok(HeldAccessToken { token, expires_in: expires_at.since(now) })
            }
            Err(fault) => {
                asked.fault = Some(fault.clone());
                Err(fault)
            }
        };
        self.asked = Some(asked);
        result
    }

    /// Returns the last token, valid or not.
    pub(super) fn token(&self) -> Option<&WechatAccessToken> {
        self.token.as_ref().map(|held| &held.token)
    }

    /// Returns the token if it is valid. A clock that was set back makes it invalid, because its
    /// remaining lifetime is unknown then.
    fn held(&self, now: Timestamp) -> Option<HeldAccessToken> {
        let held = self.token.as_ref()?;
        let is_valid = held.fetched_at <= now && now < held.expires_at;
        is_valid.then(|| HeldAccessToken {
            token: held.token.clone(),
            expires_in: held.expires_at.since(now),
        })
    }
}

/// Returns the error again, with the rest of its retry time.
fn waiting(fault: &WechatFault, asked: &Asked, now: Timestamp) -> WechatFault {
    let waited = now.since(asked.at);
    let left =
        |retry_after: &Duration| retry_after.saturating_sub(waited).max(Duration::from_secs(1));
    match fault {
        WechatFault::RateLimited { reply, retry_after } => {
            WechatFault::RateLimited { reply: reply.clone(), retry_after: left(retry_after) }
        }
        WechatFault::Unavailable { reply, what, retry_after } => {
            WechatFault::Unavailable { reply: reply.clone(), what, retry_after: left(retry_after) }
        }
        WechatFault::NotAsked { what, retry_after } => {
            WechatFault::NotAsked { what, retry_after: left(retry_after) }
        }
        WechatFault::Misconfigured { .. } => fault.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_makes_nothing_last_longer() {
        let token = WechatAccessToken::parse("first").unwrap();
        let at = Timestamp::from_seconds;
        let mut cache = TokenCache::default();
        let fetched = FetchedAccessToken { token, expires_in: Duration::from_hours(2) };
        cache.note(&Want::Working, Ok(fetched), at(5000), at(5001)).unwrap();
        assert!(cache.answer(&Want::Working, at(5001)).is_some());
        assert!(cache.answer(&Want::Working, at(4999)).is_none(), "the token is from the future");

        let busy = WechatFault::Unavailable {
            reply: crate::ports::WechatReply::default(),
            what: "it is busy",
            retry_after: Duration::from_secs(2),
        };
        cache.note(&Want::Working, Err(busy), at(15000), at(15001)).unwrap_err();
        assert!(cache.answer(&Want::Working, at(15001)).is_some());
        assert!(cache.answer(&Want::Working, at(4999)).is_none(), "the pause is from the future");
    }
}
