use super::{AvatarBaseUrl, AvatarUrl, Malformed};

/// The nickname that WeChat returns for everybody since 2022-11-08
/// (<https://developers.weixin.qq.com/community/develop/doc/00022c683e8a80b29bed2142b56c01>).
const PLACEHOLDER_NICKNAME: &str = "微信用户";

/// A nickname. WeChat's placeholder is not one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nickname(String);

impl Nickname {
    /// Maximum length, in characters.
    pub const MAX_CHARS: usize = 64;

    /// Accepts 1 to [`Self::MAX_CHARS`] printable characters. White space around them is dropped.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        if text == PLACEHOLDER_NICKNAME {
            return Err(Malformed("the nickname is WeChat's placeholder"));
        }
        if is_label(text, Self::MAX_CHARS) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("a nickname is 1 to 64 characters without control characters"))
        }
    }

    /// Returns the nickname as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Nickname and avatar to store. A field that is `None` leaves the stored value unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The nickname to store.
    pub nickname: Option<Nickname>,
    /// The avatar to store.
    pub avatar_url: Option<AvatarUrl>,
}

impl Profile {
    /// Takes the valid values from what a client sent and drops the others, because an invalid nickname
    /// must not prevent a login.
    #[must_use]
    pub fn from_claims(nickname: Option<&str>, avatar_url: Option<&str>) -> Self {
        Self {
            nickname: nickname.and_then(|text| Nickname::parse(text).ok()),
            avatar_url: avatar_url.and_then(|text| AvatarUrl::parse(text).ok()),
        }
    }

    /// Drops an avatar URL of this service, so that a client with a cached URL does not restore a
    /// picture that was replaced.
    #[must_use]
    pub fn without_hosted_avatar(mut self, base: &AvatarBaseUrl) -> Self {
        self.avatar_url = self.avatar_url.filter(|address| !base.covers(address));
        self
    }
}

/// Whether `text` has 1 to `longest` characters, all of them printable.
pub(super) fn is_label(text: &str, longest: usize) -> bool {
    !text.is_empty() && text.chars().count() <= longest && !text.chars().any(is_unprintable)
}

/// Whether it is a control character or changes the direction of text.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_values_are_dropped() {
        let base = AvatarBaseUrl::of("https://login.example.com");
        let claims = |nickname, avatar_url| {
            Profile::from_claims(Some(nickname), Some(avatar_url)).without_hosted_avatar(&base)
        };
        let kept = "https://login.example.com/avatars/0123456789abcdef0123456789abcdef.jpg";
        for avatar_url in ["wxfile://tmp_1.jpg", kept] {
            assert_eq!(claims(" 微信用户 ", avatar_url), Profile::default());
        }
        let taken = claims("小明", "https://cdn.example.com/avatars/a.jpg");
        assert!(taken.nickname.is_some() && taken.avatar_url.is_some());
    }

    #[test]
    fn nicknames_are_short_and_printable() {
        assert_eq!(Nickname::parse("  小明🎉 ").unwrap().as_str(), "小明🎉");
        assert!(Nickname::parse(&"字".repeat(64)).is_ok());
        for wrong in ["", "   ", "a\nb", "a\u{0}b", "a\u{202e}b", &"字".repeat(65)] {
            assert!(Nickname::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
