/// Returns `text` as people see it, or `None` if they see nothing.
///
/// - A run of line breaks and tabs becomes one space; other control characters, characters that change
///   the direction of text, and invisible ones are removed.
/// - Joiners and selectors stay where they shape a character, as in the emoji 👨‍👩‍👧, in flags and in
///   Persian.
/// - Blank characters around the text are removed.
pub(super) fn display_text(text: &str) -> Option<String> {
    let mut shown = String::with_capacity(text.len());
    let mut previous = None;
    let mut rest = text.chars().filter(|c| !is_hidden(*c)).peekable();
    while let Some(c) = rest.next() {
        let keeps = match Kind::of(c) {
            Kind::Visible => true,
            Kind::LineBreak => {
                while rest.next_if(|next| Kind::of(*next) == Kind::LineBreak).is_some() {}
                shown.push(' ');
                previous = Some(' ');
                continue;
            }
            Kind::Selector => {
                previous.is_some_and(|last| Kind::of(last) == Kind::Visible && !is_blank(last))
            }
            Kind::Tag => {
                previous.is_some_and(|last| last == BLACK_FLAG || Kind::of(last) == Kind::Tag)
            }
            Kind::Joiner => {
                let after =
                    |last| is_shaped(last) || matches!(Kind::of(last), Kind::Selector | Kind::Tag);
                previous.is_some_and(after) && rest.peek().is_some_and(|next| is_shaped(*next))
            }
        };
        if keeps {
            shown.push(c);
            previous = Some(c);
        }
    }
    let shown = shown.trim_matches(is_blank);
    (!shown.is_empty()).then(|| shown.to_owned())
}

/// The base of the flags of England, Scotland and Wales.
const BLACK_FLAG: char = '\u{1f3f4}';

/// How a character is displayed, if it is at all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Visible,
    LineBreak,
    /// Chooses the form of the character before it.
    Selector,
    /// Spells the region of a flag.
    Tag,
    /// Joins or separates its neighbours.
    Joiner,
}

impl Kind {
    const fn of(c: char) -> Self {
        match c {
            '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Self::LineBreak,
            '\u{180b}'..='\u{180d}'
            | '\u{180f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0100}'..='\u{e01ef}' => Self::Selector,
            '\u{e0020}'..='\u{e007f}' => Self::Tag,
            '\u{200c}' | '\u{200d}' => Self::Joiner,
            _ => Self::Visible,
        }
    }
}

/// Whether a character is never displayed: controls, and what Unicode calls ignorable by default. The
/// replacement character stands for half an emoji.
fn is_hidden(c: char) -> bool {
    (c.is_control() || is_ignorable(c)) && Kind::of(c) == Kind::Visible
}

const fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffd}'..='\u{ffff}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character takes room but shows nothing. U+2800 is an empty Braille cell.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}'
}

/// Whether joiners change how a character looks: emoji, and the scripts from Arabic to Myanmar, Khmer
/// and Mongolian.
const fn is_shaped(c: char) -> bool {
    matches!(c,
        '\u{600}'..='\u{109f}' | '\u{1780}'..='\u{180a}' | '\u{1810}'..='\u{18af}'
        | '\u{2190}'..='\u{27ff}' | '\u{2900}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_shown_is_removed() {
        for (text, shown) in [
            ("\u{14}小明", "小明"),
            ("\u{202d}小明\u{202c}", "小明"),
            ("\u{feff}小明", "小明"),
            ("小\n明", "小 明"),
            ("Ada\r\n\tLovelace", "Ada Lovelace"),
            ("小\u{200b}\u{200d}\u{2060}明\u{fffd}", "小明"),
            (" \u{3000}小 明\u{2800} ", "小 明"),
            ("\u{e007f}小\u{e0041}明", "小明"),
        ] {
            assert_eq!(display_text(text).as_deref(), Some(shown), "{text:?}");
        }
    }

    #[test]
    fn a_text_that_shows_nothing_is_none() {
        for text in [
            "",
            "  ",
            "\u{200b}",
            "\u{3164}",
            "\u{2800}",
            "\u{ad}",
            "\u{fe0f}",
            "\u{200d}",
            "\u{0}",
            "\u{202e}\u{202c}",
            "\u{feff}\n",
            "\u{115f}\u{1160}",
            "\u{e0061}",
            " \u{fe0f}\u{200d} ",
        ] {
            assert_eq!(display_text(text), None, "{text:?}");
        }
    }

    /// Emoji of several characters, and words whose joiners matter.
    const SEQUENCES: [&str; 10] = [
        "👨‍👩‍👧‍👦",
        "👩🏽‍💻",
        "❤️‍🔥",
        "🏳️‍🌈",
        "🏴‍☠️",
        "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        "1️⃣",
        "می‌خواهم",
        "क्‍ष",
        "葛\u{e0100}",
    ];

    #[test]
    fn emoji_and_words_keep_their_joiners() {
        for text in SEQUENCES {
            assert_eq!(display_text(text).as_deref(), Some(text));
        }
    }

    fn character() -> impl Strategy<Value = String> {
        let special = (0..SPECIAL.len()).prop_map(|at| SPECIAL[at].to_string());
        let sequence = (0..SEQUENCES.len()).prop_map(|at| SEQUENCES[at].to_owned());
        prop_oneof![4 => special, 1 => sequence, 1 => any::<char>().prop_map(String::from)]
    }

    const SPECIAL: [char; 20] = [
        '\u{0}',
        '\n',
        '\r',
        ' ',
        '\u{ad}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{202e}',
        '\u{2800}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{e0067}',
        '\u{e007f}',
        BLACK_FLAG,
        '❤',
        '字',
        'a',
        '\u{e0100}',
    ];

    proptest! {
        #[test]
        fn any_text_becomes_clean(parts in proptest::collection::vec(character(), 0..12)) {
            let text = parts.concat();
            if let Some(shown) = display_text(&text) {
                prop_assert!(!shown.is_empty() && shown.len() <= text.len());
                prop_assert!(shown.chars().count() <= text.chars().count());
                prop_assert!(!shown.chars().any(|c| c.is_control() || is_hidden(c)), "{shown:?}");
                prop_assert!(shown.chars().any(|c| Kind::of(c) == Kind::Visible && !is_blank(c)));
                prop_assert_eq!(display_text(&shown), Some(shown));
            }
        }

        #[test]
        fn sequences_survive_between_other_text(before in "[a-z字\u{200b}]{0,4}", at in 0..SEQUENCES.len()) {
            let text = format!("{before}{}\u{202c}", SEQUENCES[at]);
            prop_assert!(display_text(&text).is_some_and(|shown| shown.ends_with(SEQUENCES[at])));
        }
    }
}
