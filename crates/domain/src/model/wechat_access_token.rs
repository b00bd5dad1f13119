use super::secret::secret_text;
use super::word::word;

secret_text! {
    /// The access token of one app for WeChat's server API
    /// (<https://developers.weixin.qq.com/doc/oplatform/developers/dev/AccessToken.html>). It acts for
    /// the app, not for a user: users' tokens are [`AccessToken`](super::AccessToken)s.
    ///
    /// WeChat asks for room for at least 512 bytes.
    WechatAccessToken
}

word!(WechatAccessToken, 1024, "WeChat's access token");

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
