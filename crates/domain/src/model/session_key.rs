use super::Malformed;
use super::secret::secret_text;

secret_text! {
    /// WeChat's `session_key`: 16 bytes in base64. It is kept as text because WeChat's HMAC signatures
    /// use the text; its AES encryption uses the bytes
    /// (<https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html>).
    SessionKey
}

impl SessionKey {
    /// Accepts exactly 16 bytes in standard base64 with padding.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        // 16 bytes are 22 characters and two of padding; the last of the 22 carries two bits.
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
