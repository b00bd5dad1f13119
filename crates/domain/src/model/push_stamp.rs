use std::time::Duration;

use super::word::is_word;
use super::{Malformed, Timestamp};

/// `timestamp` and `nonce` of a push message. The signature covers them together with the token and, in
/// safe mode, the ciphertext
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html>).
///
/// The signature is a hash of the concatenated parts, without separators. The form of the parts is
/// therefore strict: otherwise a signature could be reused for other parts with the same
/// concatenation, for example with the start of the ciphertext moved into the nonce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushStamp {
    timestamp: String,
    nonce: String,
    at: Timestamp,
}

impl PushStamp {
    /// Maximum length of a nonce, in bytes; WeChat's have about 10 digits. It is shorter than one block
    /// of ciphertext in base64.
    pub const MAX_NONCE_LEN: usize = 32;

    /// How far the timestamp may differ from the current time. WeChat repeats a message at once if it
    /// gets no response within 5 seconds.
    pub const FRESH: Duration = Duration::from_mins(5);

    /// Checks both parts: 10 digits, and a word of letters and digits.
    pub fn parse(timestamp: &str, nonce: &str) -> Result<Self, Malformed> {
        const RULE: Malformed = Malformed(
            "a push message must have a timestamp of 10 digits and a nonce of 1 to 32 letters or digits",
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

    /// Returns the timestamp as received.
    #[must_use]
    pub fn timestamp(&self) -> &str {
        &self.timestamp
    }

    /// Returns the nonce as received.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Whether the message was sent within [`Self::FRESH`] of `now`.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.since(self.at) <= Self::FRESH && self.at.since(now) <= Self::FRESH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_both_parts_is_strict() {
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
    fn a_message_is_fresh_within_five_minutes() {
        let stamp = PushStamp::parse("1714036504", "1").unwrap();
        let fresh = |seconds: i64| stamp.is_fresh(Timestamp::from_seconds(1_714_036_504 + seconds));
        assert_eq!([-301, -300, 0, 300, 301].map(fresh), [false, true, true, true, false]);
    }
}
