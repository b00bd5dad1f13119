//! Random values with the shapes of `WeChat`'s identifiers.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::crypto::hex;

const DIGITS: &[u8; 10] = b"0123456789";
const LETTERS_AND_DIGITS: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const URL_SAFE: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/// Random bytes.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator does not use the service's ports; this is its only source of randomness"
)]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // AWS-LC aborts the process if the system has no entropy.
    aws_lc_rs::rand::fill(&mut bytes).unwrap_or_default();
    bytes
}

/// A login code: 32 letters and digits, starting with `0`.
pub(crate) fn login_code() -> String {
    prefixed("0", LETTERS_AND_DIGITS, &bytes::<31>())
}

/// An openid: 28 URL-safe characters, starting with `o`.
pub(crate) fn openid() -> String {
    prefixed("o", URL_SAFE, &bytes::<27>())
}

/// A phone code: 64 hex digits.
pub(crate) fn phone_code() -> String {
    hex(&bytes::<32>())
}

/// An access token of at most 512 characters: two digits, an underscore and URL-safe characters.
pub(crate) fn access_token(characters: usize) -> String {
    let mut token = prefixed("98_", URL_SAFE, &bytes::<509>());
    token.truncate(characters);
    token
}

/// A Chinese mobile number.
pub(crate) fn mobile_number() -> String {
    prefixed("1", b"3456789", &bytes::<1>()) + &digits::<9>()
}

/// The 16 characters before an encrypted message.
pub(crate) fn message_prefix() -> [u8; 16] {
    bytes().map(|byte: u8| LETTERS_AND_DIGITS[usize::from(byte) % LETTERS_AND_DIGITS.len()])
}

/// Digits, as `WeChat` sends them for `nonce` and `echostr`.
pub(crate) fn digits<const N: usize>() -> String {
    prefixed("", DIGITS, &bytes::<N>())
}

/// The hint before the request id in some errors: two groups of letters and digits.
pub(crate) fn hint() -> String {
    let group = |random: &[u8]| prefixed("", LETTERS_AND_DIGITS, random);
    format!("{}-{}", group(&bytes::<9>()), group(&bytes::<6>()))
}

/// A session key: 16 bytes in base64. It has a slash, as many of `WeChat`'s do, so that a client
/// which mishandles slashes fails every time.
pub(crate) fn session_key() -> String {
    let mut key = bytes::<16>();
    key[0] |= 0b1111_1100;
    BASE64_STANDARD.encode(key)
}

/// The request id at the end of every `errmsg`: the time of the call in seconds, in hex, and two
/// random groups.
pub(crate) fn rid(now_millis: u64) -> String {
    let random = || u32::from_be_bytes(bytes());
    format!("{:08x}-{:08x}-{:08x}", now_millis / 1000, random(), random())
}

fn prefixed(first: &str, alphabet: &[u8], random: &[u8]) -> String {
    let rest = random
        .iter()
        .filter_map(|byte| alphabet.get(usize::from(*byte) % alphabet.len()))
        .map(|letter| char::from(*letter));
    first.chars().chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_wechats_shapes() {
        let code = login_code();
        assert_eq!(code.len(), 32);
        assert!(code.starts_with('0') && code.bytes().all(|b| b.is_ascii_alphanumeric()));

        let openid = openid();
        assert_eq!(openid.len(), 28);
        assert!(openid.starts_with('o'));
        assert!(openid.bytes().all(|b| URL_SAFE.contains(&b)));

        let rid = rid(1_700_000_000_123);
        assert!(rid.starts_with("6553f100-"), "{rid}");
        assert_eq!(rid.len(), 26);
        assert_ne!(login_code(), login_code());

        let hint = hint();
        assert_eq!((hint.len(), hint.find('-')), (16, Some(9)), "{hint}");
        let key = session_key();
        assert!(key.contains('/'), "{key}");
        assert_eq!(BASE64_STANDARD.decode(key).unwrap().len(), 16);
    }
}
