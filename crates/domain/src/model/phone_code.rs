use super::secret::secret_text;
use super::word::word;

secret_text! {
    /// The code of the phone-number button. It can be used once, lives five minutes, and is not a
    /// login code
    /// (<https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/getPhoneNumber.html>).
    ///
    /// Codes have 64 characters today; WeChat documents no length.
    PhoneCode
}

word!(PhoneCode, 128, "a phone code");
