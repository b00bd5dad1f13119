use std::time::Duration;

use super::word::is_word;
use super::{Malformed, Timestamp};

/// `timestamp` and `nonce` of a push: what its signature covers besides the token and, in safe mode,
/// the ciphertext
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html>).
///
/// The signature is a hash of its parts one after the other, without anything between them. So the
/// parts have a narrow shape here: otherwise a signature of one push would be good for another one,
/// whose nonce begins with what was the ciphertext's first blocks, say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushStamp {
    timestamp: String,
    nonce: String,
    at: Timestamp,
}

impl PushStamp {
    /// Longest nonce taken, in bytes; WeChat's have some ten digits. It is less than a block of
    /// ciphertext in base64.
    pub const MAX_NONCE_LEN: usize = 32;

    /// How far a push's timestamp may be from now. WeChat gives an answer five seconds and repeats
    /// at once.
    pub const FRESH: Duration = Duration::from_mins(5);

    /// Checks the shape of both: ten digits, and letters and digits.
    pub fn parse(timestamp: &str, nonce: &str) -> Result<Self, Malformed> {
        const RULE: Malformed = Malformed(
            "a push has a timestamp of 10 digits and a nonce of 1 to 32 letters or digits",
        );
        let shaped = timestamp.len() == 10
            && timestamp.bytes().all(|b| b.is_ascii_digit())
            && is_word(nonce, Self::MAX_NONCE_LEN);
        if !shaped {
            return Err(RULE);
        }
        let at = Timestamp::from_seconds(timestamp.parse().map_err(|_| RULE)?);
        Ok(Self { timestamp: timestamp.to_owned(), nonce: nonce.to_owned(), at })
    }

    /// The timestamp as it came.
    #[must_use]
    pub fn timestamp(&self) -> &str {
        &self.timestamp
    }

    /// The nonce as it came.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Whether the push was sent about now.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.since(self.at) <= Self::FRESH && self.at.since(now) <= Self::FRESH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_have_a_narrow_shape() {
        assert!(PushStamp::parse("1714036504", "1514711492").is_ok());
        assert!(PushStamp::parse("1714036504", &"n".repeat(32)).is_ok());
        for (timestamp, nonce) in [
            ("", "1"),
            ("171403650", "1"),
            ("17140365041", "1"),
            ("+714036504", "1"),
            ("171403650a", "1"),
            ("1714036504", ""),
            ("1714036504", "a b"),
            ("1714036504", "a+b"),
            ("1714036504", &"n".repeat(33)),
        ] {
            assert!(PushStamp::parse(timestamp, nonce).is_err(), "{timestamp:?}, {nonce:?}");
        }
    }

    #[test]
    fn a_push_is_fresh_for_five_minutes_either_way() {
        let stamp = PushStamp::parse("1714036504", "1").unwrap();
        let fresh = |seconds: i64| stamp.is_fresh(Timestamp::from_seconds(1_714_036_504 + seconds));
        assert_eq!([-301, -300, 0, 300, 301].map(fresh), [false, true, true, true, false]);
    }
}
