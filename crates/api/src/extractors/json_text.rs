//! Small faults of JSON that clients send without knowing.

use std::borrow::Cow;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Returns the text without byte order mark and lone surrogates.
///
/// A lone surrogate is half of a character beyond U+FFFF. JavaScript's `slice` cuts emoji in half, and
/// `JSON.stringify` writes the half as an escape such as `\ud83d`, or as three bytes that are not UTF-8.
/// It stands for nothing, and parsers refuse the whole body because of it.
pub(super) fn without_faults(text: &[u8]) -> Cow<'_, [u8]> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let (mut kept, mut from, mut at) = (Vec::new(), 0, 0);
    while let Some(piece) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (len, is_lone_surrogate) = first_piece(piece);
        if is_lone_surrogate {
            kept.extend_from_slice(&text[from..at]);
            from = at + len;
        }
        at += len;
    }
    if from == 0 {
        return text.into();
    }
    kept.extend_from_slice(&text[from..]);
    kept.into()
}

/// Returns the length of the text's first byte, escape or surrogate, and whether it is a lone
/// surrogate.
fn first_piece(text: &[u8]) -> (usize, bool) {
    match text {
        [b'\\', b'u', ..] => match (surrogate(text), text.get(6..).and_then(surrogate)) {
            (Some(Half::High), Some(Half::Low)) => (12, false),
            (Some(_), _) => (6, true),
            (None, _) => (2, false),
        },
        [b'\\', _, ..] => (2, false),
        [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => (3, true),
        _ => (1, false),
    }
}

#[derive(Clone, Copy)]
enum Half {
    High,
    Low,
}

/// Returns which half of a character the escape at the start of the text is.
fn surrogate(text: &[u8]) -> Option<Half> {
    let [b'\\', b'u', b'd' | b'D', half, third, fourth, ..] = text else { return None };
    match half {
        _ if !third.is_ascii_hexdigit() || !fourth.is_ascii_hexdigit() => None,
        b'8' | b'9' | b'a' | b'b' | b'A' | b'B' => Some(Half::High),
        b'c'..=b'f' | b'C'..=b'F' => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_faults_are_dropped() {
        for (text, kept) in [
            (r#"{"a":"小明\ud83d"}"#, r#"{"a":"小明"}"#),
            (r#"{"a":"\uDE00小明"}"#, r#"{"a":"小明"}"#),
            (r#""\ud83d\ud83d\ude00\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83dx\ude00""#, r#""x""#),
            (r#""\\ud83d\\\ud83d""#, r#""\\ud83d\\""#),
            (r#""\uD83D\uDE00\u5c0f\n\"""#, r#""\uD83D\uDE00\u5c0f\n\"""#),
            (r#""\ud83"#, r#""\ud83"#),
            (r#""\ud83g""#, r#""\ud83g""#),
            ("\u{feff}{}", "{}"),
            ("", ""),
            ("\\", "\\"),
        ] {
            assert_eq!(without_faults(text.as_bytes()), kept.as_bytes(), "{text}");
        }
        assert_eq!(*without_faults(b"\"a\xed\xa0\xbdb\xed\xb0\x80\""), *b"\"ab\"");
    }
}
