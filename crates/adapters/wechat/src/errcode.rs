use std::net::IpAddr;
use std::time::Duration;

use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{WechatFault, WechatReply};

/// When to come back after a fault of which nothing is known but that it was one.
pub(crate) const SOON: Duration = Duration::from_secs(2);

/// When to come back after the quota of a day is used up. The operator may clear it sooner than the
/// day ends, so it is worth a try now and then.
const LATER: Duration = Duration::from_hours(1);

/// WeChat is busy. No other number says that WeChat does not do its work.
pub(crate) const BUSY: i64 = -1;

/// The `AppSecret` is wrong, where one was sent; elsewhere it is about the access token.
pub(crate) const INVALID_CREDENTIAL: i64 = 40001;

/// The `AppSecret` is wrong.
pub(crate) const INVALID_SECRET: i64 = 40125;

/// Whether WeChat refuses the access token of a call: it is invalid, malformed or has expired.
pub(crate) fn rejects_token(errcode: i64) -> bool {
    matches!(errcode, INVALID_CREDENTIAL | 40014 | 42001)
}

/// What WeChat's error numbers mean in every call, once a call has picked out those that mean
/// something of their own in it
/// (<https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html> and the
/// pages of the calls). `now` is the time of the answer.
pub(crate) fn fault(errcode: i64, errmsg: &str, reply: WechatReply, now: Timestamp) -> WechatFault {
    match errcode {
        45011 => WechatFault::RateLimited { reply, retry_after: until_next_minute(now) },
        45009 => WechatFault::RateLimited { reply, retry_after: LATER },
        40013 => misconfigured(
            reply,
            "the app id is wrong; copy it again, without a stray character and with the same \
             capital and small letters",
        ),
        INVALID_SECRET => wrong_secret(reply),
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
        50004 => misconfigured(
            reply,
            "the app may not use access tokens; read its notices in WeChat's console",
        ),
        89501 | 89503 => misconfigured(
            reply,
            "an administrator of the app has to confirm this server's IP address to WeChat",
        ),
        89506 | 89507 => misconfigured(
            reply,
            "an administrator of the app has refused this server's IP address; after an hour, or \
             after a day when it was twice, WeChat asks again",
        ),
        40002 | 41001 | 41002 | 41004 | 43001 | 43002 | 44002 | 47001 | 87008 => misconfigured(
            reply,
            "a part of the request does not reach WeChat; look for an empty AppSecret and for a \
             proxy that changes requests",
        ),
        BUSY => unavailable(reply, "it is busy"),
        _ => unavailable(reply, "it answers with an error that this service does not know"),
    }
}

/// A fault that may be over soon. `what` continues "WeChat is not available:".
pub(crate) fn unavailable(reply: WechatReply, what: &'static str) -> WechatFault {
    WechatFault::Unavailable { reply, what, retry_after: SOON }
}

/// A fault that the operator mends. `mend` continues "WeChat refuses this service:".
pub(crate) fn misconfigured(reply: WechatReply, mend: &str) -> WechatFault {
    WechatFault::Misconfigured { reply, mend: mend.to_owned() }
}

pub(crate) fn wrong_secret(reply: WechatReply) -> WechatFault {
    misconfigured(
        reply,
        "the AppSecret is wrong; copy it again, and after a reset wait some minutes until it works",
    )
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
