use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::Malformed;
use super::secret::opaque_debug;

/// The last of the 43 characters carries two surplus bits, which WeChat chooses at random.
const DECODER: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// `EncodingAESKey`, the 32-byte key of push messages in safe mode. It is wiped when dropped
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html>).
#[derive(Clone, PartialEq, Eq)]
pub struct EncodingAesKey(Zeroizing<[u8; EncodingAesKey::LEN]>);

impl EncodingAesKey {
    const LEN: usize = 32;

    /// Reads the 43 characters that WeChat's console shows.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const RULE: Malformed = Malformed("an EncodingAESKey is 43 letters and digits");
        // Checked first, so that the decoded bytes fit.
        if text.len() != 43 {
            return Err(RULE);
        }
        let mut key = Zeroizing::new([0; Self::LEN]);
        match DECODER.decode_slice(text, key.as_mut_slice()) {
            Ok(Self::LEN) => Ok(Self(key)),
            Ok(_) | Err(_) => Err(RULE),
        }
    }

    /// Returns the key, for decryption.
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
    fn the_surplus_bits_of_the_last_character_are_ignored() {
        let key = |last: char| EncodingAesKey::parse(&format!("{}{last}", "A".repeat(42)));
        assert_eq!(key('A').unwrap().expose(), &[0; 32]);
        for last in ['B', 'C', 'D'] {
            assert_eq!(key(last), key('A'), "{last}");
        }
        assert_eq!(key('E').unwrap().expose()[31], 1);
    }

    #[test]
    fn other_texts_are_rejected() {
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
