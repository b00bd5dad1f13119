use super::secret::secret_text;
use super::word::word;

secret_text! {
    /// The code of `wx.login`. It can be used once and lives five minutes
    /// (<https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html>).
    ///
    /// Codes have 32 characters today; WeChat documents no length.
    LoginCode
}

word!(LoginCode, 128, "a login code");
