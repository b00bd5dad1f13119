use std::fmt;

use zeroize::Zeroize;

use super::Malformed;

/// WeChat's `session_key`: sixteen bytes, kept as the base64 text WeChat sends, because WeChat's
/// HMAC signatures use the text and its AES uses the bytes
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html>).
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey(String);

impl SessionKey {
    /// Takes exactly sixteen bytes in padded standard base64.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        // Sixteen bytes are 22 characters of which the last carries two bits, and two of padding.
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 24
            && bytes[..21].iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
            && matches!(bytes[21], b'A' | b'Q' | b'g' | b'w')
            && &bytes[22..] == b"==";
        if shaped {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("a session key is 16 bytes in base64"))
        }
    }

    /// The base64 text, for sealing and for WeChat's signatures.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(…)")
    }
}

impl Drop for SessionKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sixteen_bytes_of_base64_are_a_session_key() {
        for right in
            ["tiihtNczf5v6AKRyjwEUhQ==", "HyVFkGl5F5OQWJZZaNzBBg==", "o0q0otL8aEzpcZL/FT9WsQ=="]
        {
            assert!(SessionKey::parse(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "tiihtNczf5v6AKRyjwEUhQ",
            "tiihtNczf5v6AKRyjwEUhR==",
            "tiihtNczf5v6AKRyjwEUhQ=",
            "tiihtNczf5v6AKRyjw EUhQ=",
            "tiihtNczf5v6AKRyjwEUhQABCD==",
            "你好你好你好你好",
        ] {
            assert!(SessionKey::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_session_key_does_not_print() {
        let key = SessionKey::parse("tiihtNczf5v6AKRyjwEUhQ==").unwrap();
        assert_eq!(format!("{key:?}"), "SessionKey(…)");
    }
}
