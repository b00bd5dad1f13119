//! Chance, in the shapes that `WeChat`'s identifiers have.

const LETTERS_AND_DIGITS: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const URL_SAFE: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/// Random bytes.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator depends on no port of the service and draws its chance here only"
)]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // AWS-LC stops the process itself when the system has no entropy to give.
    aws_lc_rs::rand::fill(&mut bytes).unwrap_or_default();
    bytes
}

/// A login code: 32 letters and digits, the first of them a zero.
pub(crate) fn login_code() -> String {
    prefixed('0', LETTERS_AND_DIGITS, &bytes::<31>())
}

/// An openid: 28 URL-safe characters, the first of them an `o`.
pub(crate) fn openid() -> String {
    prefixed('o', URL_SAFE, &bytes::<27>())
}

/// The request id that closes every `errmsg`: the second of the call in hex,
/// then two random groups.
pub(crate) fn rid(now_millis: u64) -> String {
    let random = || u32::from_be_bytes(bytes());
    format!("{:08x}-{:08x}-{:08x}", now_millis / 1000, random(), random())
}

fn prefixed(first: char, alphabet: &[u8], chance: &[u8]) -> String {
    let rest = chance
        .iter()
        .filter_map(|byte| alphabet.get(usize::from(*byte) % alphabet.len()))
        .map(|letter| char::from(*letter));
    std::iter::once(first).chain(rest).collect()
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
    }
}
