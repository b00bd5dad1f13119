use super::display_text::display_text;
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

    /// Removes what is not displayed, such as control characters, then accepts 1 to
    /// [`Self::MAX_CHARS`] characters.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let shown = label(text, Self::MAX_CHARS)
            .ok_or(Malformed("a nickname is 1 to 64 characters, not all of them invisible"))?;
        if shown == PLACEHOLDER_NICKNAME {
            return Err(Malformed("the nickname is WeChat's placeholder"));
        }
        Ok(Self(shown))
    }

    /// Reads a stored value. It was checked when it was stored, maybe by an older version's rules.
    #[must_use]
    pub fn from_store(text: &str) -> Self {
        Self(text.to_owned())
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

/// Returns `text` as people see it, if that has 1 to `longest` characters.
pub(super) fn label(text: &str, longest: usize) -> Option<String> {
    display_text(text).filter(|shown| shown.chars().count() <= longest)
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
    fn nicknames_are_short_and_visible() {
        assert_eq!(Nickname::parse("  小明🎉 ").unwrap().as_str(), "小明🎉");
        assert!(Nickname::parse(&"字".repeat(64)).is_ok());
        let padded = format!("\u{14}{}\u{202c}", "字".repeat(64));
        assert_eq!(Nickname::parse(&padded).unwrap().as_str(), "字".repeat(64));
        for wrong in ["", "   ", "\u{3164}", "微信用户\u{200b}", &"字".repeat(65)] {
            assert!(Nickname::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
