use std::time::Duration;

use super::HeldAccessToken;
use crate::model::{Timestamp, WechatAccessToken};
use crate::ports::{FetchedAccessToken, WechatFault};

/// How long before its end a token is renewed. WeChat makes the next one in the same five minutes,
/// and takes both during them.
const AHEAD: Duration = Duration::from_mins(5);

/// How long WeChat is left alone after an answer that did not help: it gives the same again.
const PAUSE: Duration = Duration::from_secs(10);

/// The longest it is left alone, whatever it said: an operator may have mended something.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// For what somebody asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Want {
    /// A token that works.
    Working,
    /// A token that works for a good while.
    Fresh,
    /// A token other than this one, which WeChat has refused.
    Other(WechatAccessToken),
}

/// What is known of one app's token.
#[derive(Default)]
pub(super) struct Kept {
    token: Option<Token>,
    asked: Option<Asked>,
}

struct Token {
    token: WechatAccessToken,
    fetched_at: Timestamp,
    expires_at: Timestamp,
}

/// The last time WeChat was asked.
struct Asked {
    at: Timestamp,
    until: Timestamp,
    /// The error, if that was the answer.
    fault: Option<WechatFault>,
    /// Whether the answer was the very token that WeChat had refused.
    insists: bool,
}

impl Kept {
    /// What can be answered without asking WeChat, if anything.
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

    /// Takes over what WeChat answered to a question of `asked_at`, and says what comes of it.
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

    /// The last token there was, whether or not it works.
    pub(super) fn token(&self) -> Option<&WechatAccessToken> {
        self.token.as_ref().map(|held| &held.token)
    }

    /// The token, if it works still. When the clock has stepped back it is not known for how long.
    fn held(&self, now: Timestamp) -> Option<HeldAccessToken> {
        let held = self.token.as_ref()?;
        let works = held.fetched_at <= now && now < held.expires_at;
        works.then(|| HeldAccessToken {
            token: held.token.clone(),
            expires_in: held.expires_at.since(now),
        })
    }
}

/// The error once more, with what is left of the time to wait.
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
    fn a_clock_that_steps_back_makes_nothing_last_longer() {
        let token = WechatAccessToken::parse("first").unwrap();
        let at = Timestamp::from_seconds;
        let mut kept = Kept::default();
        let fetched = FetchedAccessToken { token, expires_in: Duration::from_hours(2) };
        kept.note(&Want::Working, Ok(fetched), at(5000), at(5001)).unwrap();
        assert!(kept.answer(&Want::Working, at(5001)).is_some());
        assert!(kept.answer(&Want::Working, at(4999)).is_none(), "a token of the future");

        let busy = WechatFault::Unavailable {
            reply: crate::ports::WechatReply::default(),
            what: "it is busy",
            retry_after: Duration::from_secs(2),
        };
        kept.note(&Want::Working, Err(busy), at(15000), at(15001)).unwrap_err();
        assert!(kept.answer(&Want::Working, at(15001)).is_some());
        assert!(kept.answer(&Want::Working, at(4999)).is_none(), "a pause of the future");
    }
}
