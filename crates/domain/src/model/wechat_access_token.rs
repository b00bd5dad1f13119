use std::fmt;

use zeroize::Zeroize;

use super::{Malformed, is_wechat_word};

/// WeChat's interface credential of one app, by which a server calls WeChat for it
/// (<https://developers.weixin.qq.com/doc/oplatform/developers/dev/AccessToken.html>). It is nobody's
/// login: people's tokens are [`AccessToken`](super::AccessToken)s.
///
/// Whoever holds it acts for the app, so it does not print.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WechatAccessToken(String);

impl WechatAccessToken {
    /// Longest token taken, in bytes. WeChat asks for room for at least 512.
    pub const MAX_LEN: usize = 1024;

    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if is_wechat_word(text, Self::MAX_LEN) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("WeChat's access token is 1 to 1024 letters, digits, `_` or `-`"))
        }
    }

    /// The token itself, for a call to WeChat and for a back end that may make such calls.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WechatAccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WechatAccessToken(…)")
    }
}

impl Drop for WechatAccessToken {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_wechats_alphabet_and_do_not_print() {
        let token = WechatAccessToken::parse("94_fTBy-0zE").unwrap();
        assert_eq!(token.expose(), "94_fTBy-0zE");
        assert_eq!(format!("{token:?}"), "WechatAccessToken(…)");
        assert!(WechatAccessToken::parse(&"a".repeat(1024)).is_ok());
        for wrong in ["", "a b", "a&openid=b", "a\n", &"a".repeat(1025)] {
            assert!(WechatAccessToken::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
