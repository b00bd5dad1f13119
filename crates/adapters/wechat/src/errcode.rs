use std::net::IpAddr;
use std::time::Duration;

use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{WechatFault, WechatReply};

/// When to retry after a fault of unknown duration.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(2);

/// When to retry once the daily quota is used up. The operator may reset the quota before the day
/// ends.
const DAILY_QUOTA_RETRY_AFTER: Duration = Duration::from_hours(1);

/// WeChat is busy. Of all error codes, only this one counts as no answer.
pub(crate) const BUSY: i64 = -1;

/// The `AppSecret` is wrong, in calls that carry one; in all others the access token is invalid.
pub(crate) const INVALID_CREDENTIAL: i64 = 40001;

/// The `AppSecret` is wrong.
pub(crate) const INVALID_SECRET: i64 = 40125;

/// Whether WeChat refuses the call's access token as invalid, malformed or expired.
pub(crate) fn rejects_token(errcode: i64) -> bool {
    matches!(errcode, INVALID_CREDENTIAL | 40014 | 42001)
}

/// For how long WeChat limits a call after it has answered with this error code at `now`.
pub(crate) fn rate_limit(errcode: i64, now: Timestamp) -> Option<Duration> {
    match errcode {
        45011 => Some(until_next_minute(now)),
        45009 => Some(DAILY_QUOTA_RETRY_AFTER),
        _ => None,
    }
}

/// The fault that an error code means in every call. Codes with a meaning of their own in one call
/// are handled in that call's file
/// (<https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html> and
/// the pages of the calls). `now` is the time of the response.
pub(crate) fn fault(errcode: i64, errmsg: &str, reply: WechatReply, now: Timestamp) -> WechatFault {
    if let Some(retry_after) = rate_limit(errcode, now) {
        return WechatFault::RateLimited { reply, retry_after };
    }
    match errcode {
        40013 => misconfigured(
            reply,
            "the app id is wrong; copy it again from WeChat's console, without stray characters and \
             with the same capital and small letters",
        ),
        40066 => misconfigured(
            reply,
            "it does not know the path of the call; check `wechat.base_url` and any proxy that changes \
             paths",
        ),
        INVALID_SECRET => wrong_secret(reply),
        40164 => misconfigured(reply, &add_to_whitelist(errmsg)),
        40243 => misconfigured(reply, "the AppSecret is frozen; unfreeze it in WeChat's console"),
        48001 => misconfigured(
            reply,
            "the app is not allowed to make this call; check that the app id is that of a mini-program",
        ),
        50002 => misconfigured(
            reply,
            "the app's account is restricted or closed; read the app's notices in WeChat's console",
        ),
        48004 => misconfigured(
            reply,
            "WeChat has withdrawn this call from the app because it broke WeChat's rules; read the \
             app's notices in WeChat's console",
        ),
        50004 => misconfigured(
            reply,
            "the app is not allowed to use access tokens; read its notices in WeChat's console",
        ),
        89501 | 89503 => misconfigured(
            reply,
            "an administrator of the app must confirm this server's IP address to WeChat",
        ),
        89506 | 89507 => misconfigured(
            reply,
            "an administrator of the app refused this server's IP address; WeChat asks again after an \
             hour, or after a day if it was refused twice",
        ),
        40002 | 41001 | 41002 | 41004 | 43001 | 43002 | 44002 | 47001 | 87008 => misconfigured(
            reply,
            "WeChat did not receive the whole request; check for an empty AppSecret and for a proxy \
             that changes requests",
        ),
        BUSY => unavailable(reply, "it is busy"),
        _ => unavailable(reply, "it answered with an unknown error code"),
    }
}

/// A fault that may pass by itself. `what` continues "WeChat is not available:".
pub(crate) fn unavailable(reply: WechatReply, what: &'static str) -> WechatFault {
    WechatFault::Unavailable { reply, what, retry_after: RETRY_AFTER }
}

/// A fault that the operator must fix. `fix` continues "WeChat refuses this service:".
pub(crate) fn misconfigured(reply: WechatReply, fix: &str) -> WechatFault {
    WechatFault::Misconfigured { reply, fix: fix.to_owned() }
}

pub(crate) fn wrong_secret(reply: WechatReply) -> WechatFault {
    misconfigured(
        reply,
        "the AppSecret is wrong; check it, or wait some minutes if it was just reset in WeChat's console",
    )
}

/// The time until WeChat's next minute begins, in whole seconds from 1 to 60. WeChat counts calls
/// by the minute.
fn until_next_minute(now: Timestamp) -> Duration {
    Duration::from_secs(60 - now.as_seconds().rem_euclid(60).unsigned_abs())
}

/// Names the IP address to add. WeChat's text is `invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7,
/// not in whitelist`; only a word that is an IP address is taken from it.
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
