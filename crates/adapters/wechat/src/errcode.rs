use std::net::IpAddr;
use std::time::Duration;

use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{ExchangeError, WechatReply};

/// When to come back after a fault of which nothing is known but that it was one.
const SOON: Duration = Duration::from_secs(2);

/// When to come back after the quota of a day is used up. The operator may clear it sooner than the
/// day ends, so it is worth a try now and then.
const LATER: Duration = Duration::from_hours(1);

/// What WeChat's error numbers mean for a code
/// (<https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session>, and
/// <https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html> for
/// those that page leaves out). `now` is the time of the answer.
pub(crate) fn judge(
    errcode: i64,
    errmsg: &str,
    reply: WechatReply,
    now: Timestamp,
) -> ExchangeError {
    match errcode {
        40029 | 41008 => ExchangeError::CodeInvalid(reply),
        40163 => ExchangeError::CodeUsed(reply),
        40226 => ExchangeError::Blocked(reply),
        45011 => ExchangeError::RateLimited { reply, retry_after: until_next_minute(now) },
        45009 => ExchangeError::RateLimited { reply, retry_after: LATER },
        40013 => misconfigured(
            reply,
            "the app id is wrong; copy it again, without a stray character and with the same \
             capital and small letters",
        ),
        40125 => misconfigured(
            reply,
            "the AppSecret is wrong; copy it again, and after a reset wait some minutes until it \
             works",
        ),
        40164 => misconfigured(reply, &add_to_whitelist(errmsg)),
        40243 => misconfigured(reply, "the AppSecret is frozen; unfreeze it in WeChat's console"),
        48001 => misconfigured(
            reply,
            "the app may not make this call; look whether the app id is that of a mini-program",
        ),
        50002 => misconfigured(
            reply,
            "the app's account is restricted or closed; read its notices in WeChat's console",
        ),
        48004 => misconfigured(
            reply,
            "the app may not make this call any more because it broke WeChat's rules; read its \
             notices in WeChat's console",
        ),
        40002 | 41002 | 41004 => misconfigured(
            reply,
            "a part of the request does not reach WeChat; look for an empty AppSecret and for a \
             proxy that changes requests",
        ),
        -1 => unavailable(reply, "it is busy"),
        _ => unavailable(reply, "it answers with an error that this service does not know"),
    }
}

/// A fault that may be over soon. `what` continues "WeChat is not available:".
pub(crate) fn unavailable(reply: WechatReply, what: &'static str) -> ExchangeError {
    ExchangeError::Unavailable { reply, what, retry_after: SOON }
}

/// A fault that the operator mends. `mend` continues "WeChat refuses this service:".
pub(crate) fn misconfigured(reply: WechatReply, mend: &str) -> ExchangeError {
    ExchangeError::Misconfigured { reply, mend: mend.to_owned() }
}

/// WeChat counts calls by the minute. Whole seconds, from 1 to 60.
fn until_next_minute(now: Timestamp) -> Duration {
    Duration::from_secs(60 - now.as_seconds().rem_euclid(60).unsigned_abs())
}

/// WeChat says `invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist`; what is repeated
/// has been an address.
fn add_to_whitelist(errmsg: &str) -> String {
    let address = errmsg.split([' ', ',']).find_map(|word| word.parse::<IpAddr>().ok());
    let what = address.map_or_else(
        || "this server's outgoing IP address".to_owned(),
        |address| format!("the IP address {address}"),
    );
    format!("{what} is not in the app's IP whitelist; add it in WeChat's console")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_minute_is_one_to_sixty_seconds_away() {
        for (millis, seconds) in
            [(0, 60), (999, 60), (1000, 59), (59_999, 1), (60_000, 60), (-1, 1)]
        {
            let now = Timestamp::from_millis(millis);
            assert_eq!(until_next_minute(now), Duration::from_secs(seconds), "{millis}");
        }
    }
}
