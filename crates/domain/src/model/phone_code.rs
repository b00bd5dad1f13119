use std::fmt;

use super::{Malformed, is_wechat_word};

/// The single-use, five-minute code of the phone-number button, which is no login code
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/getPhoneNumber.html>).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneCode(String);

impl PhoneCode {
    /// Longest code taken; WeChat's have 64 characters today and promise no length.
    pub const MAX_LEN: usize = 128;

    /// Checks the shape, so that nonsense never costs a call to WeChat.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if is_wechat_word(text, Self::MAX_LEN) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("a phone code is 1 to 128 letters, digits, `_` or `-`"))
        }
    }

    /// The code itself, for the call to WeChat.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PhoneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneCode(…)")
    }
}
