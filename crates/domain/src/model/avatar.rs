use std::fmt;

use url::Url;

use super::Malformed;
use crate::ports::Randomness;

/// The path segment by which WeChat's grey default avatar is known, whatever size is asked for.
const PLACEHOLDER: &str =
    "POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg";

/// The name of a picture that is kept here: 128 random bits, so that it is not guessed and says
/// nothing about whose picture it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AvatarName(String);

impl AvatarName {
    const DIGITS: usize = 32;
    const EXTENSION: &str = ".jpg";

    /// A name that nothing has yet.
    #[must_use]
    pub fn new(randomness: &dyn Randomness) -> Self {
        let mut chance = [0; 16];
        randomness.fill(&mut chance);
        Self(format!("{:032x}{}", u128::from_be_bytes(chance), Self::EXTENSION))
    }

    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let digits = text.strip_suffix(Self::EXTENSION).unwrap_or_default();
        let is_lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() == Self::DIGITS && digits.bytes().all(is_lower_hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("a picture's name is 32 hexadecimal digits and `.jpg`"))
        }
    }

    /// The name as text: nothing that a path or a URL would take for something else.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a person's picture is: elsewhere, at an `https` address which is not WeChat's grey default,
/// or here, under a name. That name is kept without the address of this service, which may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvatarUrl(String);

impl AvatarUrl {
    /// Longest address, in bytes.
    pub const MAX_LEN: usize = 1024;

    /// Checks the address of a picture that is elsewhere.
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
        if url.path().split('/').any(|segment| segment == PLACEHOLDER) {
            return Err(Malformed("the avatar is WeChat's grey default"));
        }
        Ok(Self(url.into()))
    }

    /// Where the picture of this name is.
    #[must_use]
    pub fn hosted(name: &AvatarName) -> Self {
        Self(name.as_str().to_owned())
    }

    /// Reads what [`AvatarUrl::as_str`] wrote.
    pub fn from_store(text: &str) -> Result<Self, Malformed> {
        AvatarName::parse(text).map(|name| Self::hosted(&name)).or_else(|_| Self::parse(text))
    }

    /// What a store keeps.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The address below which this service shows the pictures that it keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvatarBaseUrl(String);

impl AvatarBaseUrl {
    /// That of the service with this public URL, which has no slash at its end.
    #[must_use]
    pub fn of(public_url: &str) -> Self {
        Self(format!("{public_url}/avatars/"))
    }

    /// The whole address of a picture.
    #[must_use]
    pub fn resolve(&self, avatar: &AvatarUrl) -> String {
        match AvatarName::parse(avatar.as_str()) {
            Ok(name) => format!("{}{}", self.0, name.as_str()),
            Err(_) => avatar.as_str().to_owned(),
        }
    }

    /// Whether an address is one of this service's own, or was one under a public URL before this.
    /// Nobody may choose one: the picture there is somebody else's, or goes when it is replaced.
    #[must_use]
    pub fn covers(&self, avatar: &AvatarUrl) -> bool {
        let address = avatar.as_str();
        let name = address.rsplit_once("/avatars/").map(|(_, name)| AvatarName::parse(name));
        address.starts_with(&self.0) || matches!(name, Some(Ok(_)))
    }
}

/// A picture that was made here from somebody's upload: a JPEG of the pixels alone.
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
    fn the_grey_default_is_no_avatar() {
        for address in [
            format!("https://thirdwx.qlogo.cn/mmopen/vi_32/{PLACEHOLDER}/132"),
            format!("https://wx.qlogo.cn/mmopen/vi_32/{PLACEHOLDER}/0?x=1"),
        ] {
            assert!(AvatarUrl::parse(&address).is_err(), "{address}");
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
    fn names_are_chance_and_nothing_else() {
        let randomness = SequenceRandomness::default();
        let (one, other) = (AvatarName::new(&randomness), AvatarName::new(&randomness));
        assert_ne!(one, other);
        assert_eq!(AvatarName::parse(one.as_str()), Ok(one));
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
    fn a_kept_picture_moves_with_the_service() {
        let name = AvatarName::parse("0123456789abcdef0123456789abcdef.jpg").unwrap();
        let kept = AvatarUrl::hosted(&name);
        assert_eq!(AvatarUrl::from_store(kept.as_str()), Ok(kept.clone()));
        for public_url in ["https://login.example.com", "https://new.example.com/wx"] {
            let base = AvatarBaseUrl::of(public_url);
            let address = base.resolve(&kept);
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
