use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::Malformed;
use super::secret::opaque_debug;

/// The last of the 43 characters carries two bits too many, and WeChat draws it like the others.
const DECODER: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// `EncodingAESKey`: the key of pushes in safe mode, 32 bytes, wiped when dropped
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html>).
#[derive(Clone, PartialEq, Eq)]
pub struct EncodingAesKey(Zeroizing<[u8; EncodingAesKey::LEN]>);

impl EncodingAesKey {
    const LEN: usize = 32;

    /// Reads the 43 characters of WeChat's console.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const RULE: Malformed = Malformed("an EncodingAESKey is 43 letters and digits");
        // The length is looked at first, so that the bytes fit and none is decoded twice.
        if text.len() != 43 {
            return Err(RULE);
        }
        let mut key = Zeroizing::new([0; Self::LEN]);
        match DECODER.decode_slice(text, key.as_mut_slice()) {
            Ok(Self::LEN) => Ok(Self(key)),
            Ok(_) | Err(_) => Err(RULE),
        }
    }

    /// The key itself, for decrypting.
    #[must_use]
    pub fn expose(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

opaque_debug!(EncodingAesKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_43_characters_whatever_the_last_one_is() {
        let key = |last: char| EncodingAesKey::parse(&format!("{}{last}", "A".repeat(42)));
        assert_eq!(key('A').unwrap().expose(), &[0; 32]);
        for last in ['B', 'C', 'D'] {
            assert_eq!(key(last), key('A'), "the two bits too many do not count");
        }
        assert_eq!(key('E').unwrap().expose()[31], 1);
    }

    #[test]
    fn nothing_else_is_a_key() {
        for wrong in [
            String::new(),
            "A".repeat(42),
            "A".repeat(44),
            format!("{}=", "A".repeat(42)),
            format!("{}=", "A".repeat(43)),
            format!("{} ", "A".repeat(42)),
            format!("{}-", "A".repeat(42)),
            format!("{}é", "A".repeat(41)),
        ] {
            assert!(EncodingAesKey::parse(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_does_not_print() {
        let key = EncodingAesKey::parse(&"A".repeat(43)).unwrap();
        assert_eq!(format!("{key:?}"), "EncodingAesKey(…)");
    }
}
