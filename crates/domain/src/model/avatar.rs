use std::fmt;

use url::Url;

use super::Malformed;
use crate::ports::Randomness;

/// A path segment in the URLs of WeChat's grey default avatars, the same for every size and host: that
/// of users without a picture, and that of WeChat's own announcement and sample
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/userProfile.html>).
const PLACEHOLDERS: [&str; 2] = [
    "POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg",
    "icTdbqWNOwNRna42FI242Lcia07jQodd2FJGIYQfG0LAJGFxM4FbnQP6yfMxBgJ0F3YRqJCJ1aPAK2dQagdusBZg",
];

/// The name of a picture that this service stores. It consists of 128 random bits, so it cannot be
/// guessed and does not tell whose picture it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AvatarName(String);

impl AvatarName {
    const DIGITS: usize = 32;
    const EXTENSION: &str = ".jpg";

    /// Makes a new random name.
    #[must_use]
    pub fn new(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; 16];
        randomness.fill(&mut bytes);
        Self(format!("{:032x}{}", u128::from_be_bytes(bytes), Self::EXTENSION))
    }

    /// Checks the form.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let digits = text.strip_suffix(Self::EXTENSION).unwrap_or_default();
        let is_lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() == Self::DIGITS && digits.bytes().all(is_lower_hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("a picture's name is 32 hexadecimal digits and `.jpg`"))
        }
    }

    /// Returns the name as text. It is safe in paths and URLs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a user's picture is: at an `https` URL elsewhere, or in this service under an [`AvatarName`].
/// A name is stored without the URL of this service, which may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvatarUrl(String);

impl AvatarUrl {
    /// Maximum length of a URL, in bytes.
    pub const MAX_LEN: usize = 1024;

    /// Checks the URL of a picture that is stored elsewhere. WeChat's grey default avatars are rejected.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.split(['/', '?', '#']).any(|segment| PLACEHOLDERS.contains(&segment)) {
            return Err(Malformed("the avatar is WeChat's grey default"));
        }
        Self::parse_any(text)
    }

    fn parse_any(text: &str) -> Result<Self, Malformed> {
        const RULE: Malformed = Malformed(
            "an avatar URL is an https URL of at most 1024 bytes without user name and password",
        );
        if text.len() > Self::MAX_LEN {
            return Err(RULE);
        }
        let url = Url::parse(text).map_err(|_| RULE)?;
        let plain = url.scheme() == "https"
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none();
        // Normalising can make a URL longer.
        if !plain || url.as_str().len() > Self::MAX_LEN {
            return Err(RULE);
        }
        Ok(Self(url.into()))
    }

    /// Refers to the picture with this name in this service.
    #[must_use]
    pub fn hosted(name: &AvatarName) -> Self {
        Self(name.as_str().to_owned())
    }

    /// Reads a stored value that [`AvatarUrl::as_str`] returned.
    pub fn from_store(text: &str) -> Result<Self, Malformed> {
        AvatarName::parse(text).map(|name| Self::hosted(&name)).or_else(|_| Self::parse_any(text))
    }

    /// Returns the value that stores keep.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The base URL of the pictures that this service stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvatarBaseUrl(String);

impl AvatarBaseUrl {
    /// Derives it from the public URL of the service, which has no trailing slash.
    #[must_use]
    pub fn of(public_url: &str) -> Self {
        Self(format!("{public_url}/avatars/"))
    }

    /// Returns the full URL of a picture.
    #[must_use]
    pub fn resolve(&self, avatar: &AvatarUrl) -> String {
        match AvatarName::parse(avatar.as_str()) {
            Ok(name) => format!("{}{}", self.0, name.as_str()),
            Err(_) => avatar.as_str().to_owned(),
        }
    }

    /// Whether a URL belongs to this service, also under an earlier public URL. Clients must not set
    /// such a URL: the picture may be another user's, and it is deleted when its owner replaces it.
    #[must_use]
    pub fn covers(&self, avatar: &AvatarUrl) -> bool {
        let address = avatar.as_str();
        let name = address.rsplit_once("/avatars/").map(|(_, name)| AvatarName::parse(name));
        address.starts_with(&self.0) || matches!(name, Some(Ok(_)))
    }
}

/// A JPEG that was converted from an upload. It has no metadata.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture(pub Vec<u8>);

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SequenceRandomness;

    #[test]
    fn the_grey_default_avatar_is_rejected() {
        let rule = Malformed("the avatar is WeChat's grey default");
        for placeholder in PLACEHOLDERS {
            for address in [
                format!("https://thirdwx.qlogo.cn/mmopen/vi_32/{placeholder}/132"),
                format!("https://wx.qlogo.cn/mmopen/vi_32/{placeholder}/0?x=1"),
                format!("https://mmbiz.qpic.cn/mmbiz/{placeholder}/0"),
                format!("http://mmbiz.qpic.cn/mmbiz/{placeholder}/0"),
                format!("//mmbiz.qpic.cn/mmbiz/{placeholder}"),
                format!("https://mmbiz.qpic.cn/mmbiz/{placeholder}?wx_fmt=png"),
            ] {
                assert_eq!(AvatarUrl::parse(&address), Err(rule), "{address}");
            }
            let stored = format!("https://mmbiz.qpic.cn/mmbiz/{placeholder}/0");
            assert!(AvatarUrl::from_store(&stored).is_ok(), "an older version accepted it");
        }
    }

    #[test]
    fn only_https_urls_are_accepted() {
        assert!(AvatarUrl::parse("https://thirdwx.qlogo.cn/mmopen/vi_32/abc/132").is_ok());
        let long = format!("https://a.example/{}", "x".repeat(1024));
        let grows = format!("https://a.example/{}", "字".repeat(300));
        for wrong in [
            "",
            "http://a.example/x",
            "wxfile://tmp_1.jpg",
            "http://tmp/abc.jpeg",
            "http://127.0.0.1:51234/__tmp__/abc.jpeg",
            "javascript:alert(1)",
            "data:image/png;base64,AA==",
            "https://user:pw@a.example/x",
            "https://",
            "0123456789abcdef0123456789abcdef.jpg",
            &long,
            &grows,
        ] {
            assert!(AvatarUrl::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn names_are_random_and_checked() {
        let randomness = SequenceRandomness::default();
        let (first, second) = (AvatarName::new(&randomness), AvatarName::new(&randomness));
        assert_ne!(first, second);
        assert_eq!(AvatarName::parse(first.as_str()), Ok(first));
        for wrong in [
            "",
            ".jpg",
            "0123456789abcdef0123456789abcdef",
            "0123456789abcdef0123456789abcdef.png",
            "0123456789ABCDEF0123456789abcdef.jpg",
            "0123456789abcdef0123456789abcde.jpg",
            "../0123456789abcdef0123456789abc.jpg",
            "0123456789abcdef/123456789abcdef.jpg",
            "0123456789abcdef0123456789abcdef.jpg.jpg",
        ] {
            assert!(AvatarName::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_hosted_picture_follows_the_public_url() {
        let name = AvatarName::parse("0123456789abcdef0123456789abcdef.jpg").unwrap();
        let hosted = AvatarUrl::hosted(&name);
        assert_eq!(AvatarUrl::from_store(hosted.as_str()), Ok(hosted.clone()));
        for public_url in ["https://login.example.com", "https://new.example.com/wx"] {
            let base = AvatarBaseUrl::of(public_url);
            let address = base.resolve(&hosted);
            assert_eq!(address, format!("{public_url}/avatars/{}", name.as_str()));
            assert!(base.covers(&AvatarUrl::parse(&address).unwrap()));
            assert!(base.covers(&AvatarUrl::parse(&address.replace(".com", ".COM:443")).unwrap()));
        }
        let elsewhere = AvatarUrl::parse("https://cdn.example.com/avatars/a.jpg").unwrap();
        let base = AvatarBaseUrl::of("https://login.example.com");
        assert_eq!(base.resolve(&elsewhere), elsewhere.as_str());
        assert!(!base.covers(&elsewhere));
        let before = format!("https://old.example.com/avatars/{}", name.as_str());
        assert!(base.covers(&AvatarUrl::parse(&before).unwrap()));
        assert_eq!(AvatarUrl::from_store(elsewhere.as_str()), Ok(elsewhere));
        assert!(AvatarUrl::from_store("http://login.example.com/x").is_err());
    }
}
