/// Whether `text` has 1 to `longest` bytes, all of them letters, digits, `_` or `-`. Every id and
/// code from WeChat is such a word.
pub(super) fn is_word(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Implements `parse` for a text type that holds a word: `$noun` is its name in the error.
macro_rules! word {
    ($name:ident, $max_len:literal, $noun:literal) => {
        impl $name {
            /// Maximum length, in bytes.
            pub const MAX_LEN: usize = $max_len;

            /// Accepts 1 to [`Self::MAX_LEN`] letters, digits, `_` or `-`. Letter case matters.
            pub fn parse(text: &str) -> Result<Self, $crate::model::Malformed> {
                if $crate::model::word::is_word(text, Self::MAX_LEN) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::model::Malformed(concat!(
                        $noun,
                        " is 1 to ",
                        $max_len,
                        " letters, digits, `_` or `-`"
                    )))
                }
            }
        }
    };
}

pub(super) use word;
