use url::Url;

use super::Malformed;

/// The nickname WeChat gives for everyone since 2022-11-08
/// (<https://developers.weixin.qq.com/community/develop/doc/00022c683e8a80b29bed2142b56c01>).
const PLACEHOLDER_NICKNAME: &str = "微信用户";

/// The path segment by which WeChat's grey default avatar is known, whatever size is asked for.
const PLACEHOLDER_AVATAR: &str =
    "POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg";

/// What a person wants to be called. Not WeChat's placeholder, no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nickname(String);

impl Nickname {
    /// Longest nickname, in characters.
    pub const MAX_CHARS: usize = 64;

    /// Checks a nickname; blanks around it are dropped.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        if text == PLACEHOLDER_NICKNAME {
            return Err(Malformed("the nickname is WeChat's placeholder"));
        }
        if is_label(text, Self::MAX_CHARS) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("a nickname is 1 to 64 characters, none of them a control character"))
        }
    }

    /// The nickname as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a person's picture is. An `https` address, not a path on the phone and not WeChat's grey
/// default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvatarUrl(String);

impl AvatarUrl {
    /// Longest address, in bytes.
    pub const MAX_LEN: usize = 1024;

    /// Checks an avatar address.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const RULE: Malformed =
            Malformed("an avatar address is an https URL of at most 1024 bytes, without a login");
        if text.len() > Self::MAX_LEN {
            return Err(RULE);
        }
        let url = Url::parse(text).map_err(|_| RULE)?;
        let plain = url.scheme() == "https"
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none();
        // The normalised form may be longer than what was sent.
        if !plain || url.as_str().len() > Self::MAX_LEN {
            return Err(RULE);
        }
        if url.path().split('/').any(|segment| segment == PLACEHOLDER_AVATAR) {
            return Err(Malformed("the avatar is WeChat's grey default"));
        }
        Ok(Self(url.into()))
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a login says about the person. A field that is `None` leaves the stored one alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The nickname to store.
    pub nickname: Option<Nickname>,
    /// The avatar to store.
    pub avatar_url: Option<AvatarUrl>,
}

impl Profile {
    /// Keeps what is acceptable of a client's claims and drops the rest: a bad nickname must not
    /// stop anyone from signing in.
    #[must_use]
    pub fn from_claims(nickname: Option<&str>, avatar_url: Option<&str>) -> Self {
        Self {
            nickname: nickname.and_then(|text| Nickname::parse(text).ok()),
            avatar_url: avatar_url.and_then(|text| AvatarUrl::parse(text).ok()),
        }
    }
}

/// Whether `text` is fit to be shown as a label: not empty, not too long, nothing unprintable.
pub(super) fn is_label(text: &str, longest: usize) -> bool {
    !text.is_empty() && text.chars().count() <= longest && !text.chars().any(is_unprintable)
}

/// Control characters, and the bidirectional overrides that make text read as something else.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_never_profile_data() {
        let grey = format!("https://thirdwx.qlogo.cn/mmopen/vi_32/{PLACEHOLDER_AVATAR}/132");
        let smaller = format!("https://wx.qlogo.cn/mmopen/vi_32/{PLACEHOLDER_AVATAR}/0?x=1");
        assert_eq!(Profile::from_claims(Some(" 微信用户 "), Some(&grey)), Profile::default());
        assert!(AvatarUrl::parse(&smaller).is_err());
    }

    #[test]
    fn nicknames_are_labels() {
        assert_eq!(Nickname::parse("  小明🎉 ").unwrap().as_str(), "小明🎉");
        assert!(Nickname::parse(&"字".repeat(64)).is_ok());
        for wrong in ["", "   ", "a\nb", "a\u{0}b", "a\u{202e}b", &"字".repeat(65)] {
            assert!(Nickname::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn avatars_are_https_addresses() {
        assert!(AvatarUrl::parse("https://thirdwx.qlogo.cn/mmopen/vi_32/abc/132").is_ok());
        let long = format!("https://a.example/{}", "x".repeat(1024));
        let grows = format!("https://a.example/{}", "字".repeat(300));
        for wrong in [
            "",
            "http://a.example/x",
            "wxfile://tmp_1.jpg",
            "http://tmp/abc.jpeg",
            "javascript:alert(1)",
            "data:image/png;base64,AA==",
            "https://user:pw@a.example/x",
            "https://",
            &long,
            &grows,
        ] {
            assert!(AvatarUrl::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
