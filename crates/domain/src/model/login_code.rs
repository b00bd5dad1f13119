use std::fmt;

use super::{Malformed, is_wechat_word};

/// The single-use, five-minute code of `wx.login`
/// (<https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html>).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LoginCode(String);

impl LoginCode {
    /// Longest code taken; WeChat's have 32 characters today and promise no length.
    pub const MAX_LEN: usize = 128;

    /// Checks the shape, so that nonsense never costs a call to WeChat.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if is_wechat_word(text, Self::MAX_LEN) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("a login code is 1 to 128 letters, digits, `_` or `-`"))
        }
    }

    /// The code itself, for the call to WeChat.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LoginCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginCode(…)")
    }
}
