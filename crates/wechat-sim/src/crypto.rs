//! `WeChat`'s signatures and encryption.
//!
//! Sources:
//! <https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html> for
//! open data and
//! <https://developers.weixin.qq.com/minigame/dev/guide/base-ability/message-push.html> for pushes.

use std::fmt::Write as _;

use aws_lc_rs::cipher::{
    AES_128, AES_256, EncryptingKey, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;

/// Messages are padded to blocks of 32 bytes, twice those of AES.
const MESSAGE_BLOCK_BYTES: usize = 32;

/// `WeChat` generates all 43 characters at random, so the last may have two bits that belong to no
/// byte.
const ENCODING_AES_KEY: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// SHA-1 in lower-case hex.
pub(crate) fn sha1(data: &[u8]) -> String {
    hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data).as_ref())
}

/// SHA-256 in lower-case hex.
pub(crate) fn sha256(data: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, data).as_ref())
}

/// HMAC-SHA256 in lower-case hex. The key is the base64 text of a session key, not its bytes.
pub(crate) fn session_signature(session_key: &str, data: &[u8]) -> String {
    hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, session_key.as_bytes()), data).as_ref())
}

/// The signature of a push: the parts sorted as text, joined and hashed.
pub(crate) fn push_signature<const N: usize>(mut parts: [&str; N]) -> String {
    parts.sort_unstable();
    sha1(parts.concat().as_bytes())
}

/// AES-128-CBC with PKCS#7 padding, under the bytes of a session key.
pub(crate) fn encrypt_open_data(
    key: [u8; 16],
    iv: [u8; 16],
    plain: &[u8],
) -> Result<Vec<u8>, Unspecified> {
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_128, &key)?)?;
    let mut encrypted = plain.to_vec();
    key.less_safe_encrypt(&mut encrypted, EncryptionContext::Iv128(FixedLength::from(iv)))?;
    Ok(encrypted)
}

/// The 32 bytes of an `EncodingAESKey`, if it is one.
pub(crate) fn message_key(encoding_aes_key: &str) -> Option<[u8; 32]> {
    ENCODING_AES_KEY.decode(encoding_aes_key).ok()?.try_into().ok()
}

/// AES-256-CBC of `16 random bytes ‖ length ‖ message ‖ appid`, padded as PKCS#7 does, to blocks of
/// 32 bytes. The initialisation vector is the beginning of the key.
pub(crate) fn encrypt_message(
    key: [u8; 32],
    prefix: [u8; 16],
    message: &[u8],
    app_id: &str,
) -> Result<Vec<u8>, Unspecified> {
    let length = u32::try_from(message.len()).map_err(|_| Unspecified)?;
    let mut encrypted = [&prefix, &length.to_be_bytes()[..], message, app_id.as_bytes()].concat();
    let padding = MESSAGE_BLOCK_BYTES - encrypted.len() % MESSAGE_BLOCK_BYTES;
    let byte = u8::try_from(padding).map_err(|_| Unspecified)?;
    encrypted.resize(encrypted.len() + padding, byte);

    let iv = FixedLength::try_from(&key[..16])?;
    let key = EncryptingKey::cbc(UnboundCipherKey::new(&AES_256, &key)?)?;
    key.less_safe_encrypt(&mut encrypted, EncryptionContext::Iv128(iv))?;
    Ok(encrypted)
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::cipher::{DecryptingKey, DecryptionContext};
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    fn bytes<const N: usize>(base64: &str) -> [u8; N] {
        BASE64_STANDARD.decode(base64).unwrap().try_into().unwrap()
    }

    /// <https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html>,
    /// from WeChat's demonstration code.
    #[test]
    fn open_data_is_encrypted_as_in_wechats_example() {
        let plain = concat!(
            r#"{"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","nickName":"Band","gender":1,"#,
            r#""language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","#,
            r#""avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/aSKcBBPpibyKNicHNTMM0qJVh8Kjgiak2AHWr8MHM4WgMEm7GFhsf8OYrySdbvAMvTsw3mo8ibKicsnfN5pRjl1p8HQ/0","#,
            r#""unionId":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA","#,
            r#""watermark":{"timestamp":1477314187,"appid":"wx4f4bc4dec97d474b"}}"#,
        );
        let sealed = concat!(
            "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC",
            "+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poO",
            "FtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8",
            "xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB",
            "6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJd",
            "NiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOy",
            "uxINew==",
        );
        let key = bytes("tiihtNczf5v6AKRyjwEUhQ==");
        let iv = bytes("r7BXXKkLb8qrSNn05n0qiA==");
        let ours = encrypt_open_data(key, iv, plain.as_bytes()).unwrap();
        assert_eq!(BASE64_STANDARD.encode(ours), sealed);
    }

    /// The example of the same page.
    #[test]
    fn raw_data_are_signed_as_in_wechats_example() {
        let signed = concat!(
            r#"{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","#,
            r#""province":"Guangdong","country":"CN","#,
            r#""avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}"#,
            "HyVFkGl5F5OQWJZZaNzBBg==",
        );
        assert_eq!(sha1(signed.as_bytes()), "75e81ceda165f4ffa64f4068af58c64b8f54b88c");
    }

    /// <https://mp.weixin.qq.com/debug/minigame/dev/tutorial/open-ability/session-signature.html>
    #[test]
    fn session_signatures_match_wechats_example() {
        let key = "o0q0otL8aEzpcZL/FT9WsQ==";
        assert_eq!(
            session_signature(key, br#"{"foo":"bar"}"#),
            "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b"
        );
        assert_eq!(
            session_signature(key, b""),
            "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128"
        );
    }

    /// The example of the page about message push.
    #[test]
    fn push_signatures_match_wechats_example() {
        let signature = push_signature(["AAAAA", "1714036504", "1514711492"]);
        assert_eq!(signature, "f464b24fc39322e44b38aa78f5edd27bd1441696");
    }

    #[test]
    fn messages_are_padded_to_whole_blocks_of_32_bytes() {
        let key = message_key(&"a".repeat(43)).unwrap();
        for length in 0..70 {
            let message = vec![b'm'; length];
            let mut encrypted = encrypt_message(key, [b'r'; 16], &message, "wxapp").unwrap();
            let opening = DecryptingKey::cbc(UnboundCipherKey::new(&AES_256, &key).unwrap());
            let iv = DecryptionContext::Iv128(FixedLength::try_from(&key[..16]).unwrap());
            let opened = opening.unwrap().decrypt(&mut encrypted, iv).unwrap();

            let padding = opened[opened.len() - 1];
            assert!((1..=32).contains(&padding), "{padding}");
            assert_eq!(opened.len() % 32, 0);
            let (content, padded) = opened.split_at(opened.len() - usize::from(padding));
            assert!(padded.iter().all(|byte| *byte == padding));
            let length = u32::try_from(length).unwrap().to_be_bytes();
            assert_eq!(content, [&[b'r'; 16], &length[..], &message, b"wxapp"].concat());
        }
    }

    #[test]
    fn an_encoding_aes_key_may_end_in_any_character() {
        for last in ['A', 'B', 'h', '9'] {
            assert!(message_key(&format!("{}{last}", "x".repeat(42))).is_some(), "{last}");
        }
        for wrong in [String::new(), "x".repeat(42), "x".repeat(44), "-".repeat(43)] {
            assert!(message_key(&wrong).is_none(), "{wrong}");
        }
    }
}
