use std::fmt;

use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use wxlogin_domain::model::Malformed;
use wxlogin_domain::ports::Randomness;
use zeroize::Zeroizing;

/// The 32-byte secret from which all other keys are derived. It is wiped when dropped.
pub struct MasterKey(Zeroizing<[u8; MasterKey::LEN]>);

impl MasterKey {
    const LEN: usize = 32;

    /// Wraps bytes from a cryptographic random number generator.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Generates a new key.
    #[must_use]
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        randomness.fill(bytes.as_mut_slice());
        Self(bytes)
    }

    /// Reads a key written as 64 hexadecimal digits or as base64 (RFC 4648, either alphabet, with
    /// or without padding). White space around it is ignored.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        // 64 hexadecimal digits are 48 bytes in base64, so no text is ambiguous.
        let bytes = from_hex(text)
            .or_else(|| from_base64(text, &STANDARD))
            .or_else(|| from_base64(text, &URL_SAFE))
            .ok_or(Malformed(
                "a master key must be 32 bytes, as 64 hexadecimal digits or as base64",
            ))?;
        Ok(Self(bytes))
    }

    /// Returns the key as base64, which [`MasterKey::parse`] reads.
    #[must_use]
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(base64(&STANDARD).encode(self.0.as_slice()))
    }

    /// Whether both are the same key.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

type Bytes = Zeroizing<[u8; MasterKey::LEN]>;

fn from_hex(text: &str) -> Option<Bytes> {
    if text.len() != 2 * MasterKey::LEN || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = Bytes::default();
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

fn from_base64(text: &str, alphabet: &Alphabet) -> Option<Bytes> {
    let decoded = Zeroizing::new(base64(alphabet).decode(text).ok()?);
    Some(Zeroizing::new(decoded.as_slice().try_into().ok()?))
}

fn base64(alphabet: &Alphabet) -> GeneralPurpose {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config)
}

#[cfg(test)]
mod tests {
    use wxlogin_domain::testing::SequenceRandomness;

    use super::*;

    /// 32 bytes whose base64 has both `+` and `/`.
    const BYTES: [u8; 32] = {
        let mut bytes = [0xfb; 32];
        bytes[1] = 0xff;
        bytes[31] = 0x2a;
        bytes
    };

    fn hex() -> String {
        format!("fbff{}2a", "fb".repeat(29))
    }

    #[test]
    fn every_form_is_read() {
        let standard = MasterKey::from_bytes(BYTES).to_base64().to_string();
        assert!(standard.contains('+') && standard.contains('/') && standard.ends_with('='));
        let url = standard.replace('+', "-").replace('/', "_");
        for text in [
            hex(),
            hex().to_uppercase(),
            standard.clone(),
            standard.trim_end_matches('=').to_owned(),
            url.clone(),
            url.trim_end_matches('=').to_owned(),
            format!(" \t{standard}\r\n"),
        ] {
            assert_eq!(MasterKey::parse(&text).unwrap().expose(), BYTES, "{text:?}");
        }
    }

    #[test]
    fn other_texts_are_rejected() {
        let base64 = MasterKey::from_bytes(BYTES).to_base64();
        for text in [
            String::new(),
            hex()[2..].to_owned(),
            format!("{}00", hex()),
            format!("{}g", &hex()[1..]),
            format!("+{}", &hex()[1..]),
            format!("{}é", &hex()[2..]),
            base64[4..].to_owned(),
            format!("AAAA{}", base64.as_str()),
            base64.replacen('+', "-", 1),
            base64.replacen('+', " ", 1),
            "correct horse battery staple".to_owned(),
        ] {
            assert!(MasterKey::parse(&text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn each_generated_key_is_new() {
        let randomness = SequenceRandomness::default();
        let first = MasterKey::generate(&randomness);
        assert_ne!(first.expose(), MasterKey::generate(&randomness).expose());
        assert_eq!(MasterKey::parse(&first.to_base64()).unwrap().expose(), first.expose());
    }

    #[test]
    fn a_master_key_does_not_print() {
        assert_eq!(format!("{:?}", MasterKey::from_bytes(BYTES)), "MasterKey(…)");
        let error = MasterKey::parse("a secret that is no key").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}
