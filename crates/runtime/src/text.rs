//! Normalization of incoming text, and checks for visible content.

use std::borrow::Cow;

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Characters that are invisible although their category is a letter or a symbol: Hangul fillers and the blank Braille
/// pattern.
const FILLERS: [char; 5] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}', '\u{2800}'];

/// Normalizes text to Unicode NFC, so that canonically equivalent texts are equal.
pub(crate) fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// Returns `true` if the text has a visible character: a letter, a digit, punctuation or a symbol.
#[must_use]
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|letter| {
        !FILLERS.contains(&letter)
            && !matches!(
                get_general_category(letter),
                GeneralCategory::Control
                    | GeneralCategory::Format
                    | GeneralCategory::SpaceSeparator
                    | GeneralCategory::LineSeparator
                    | GeneralCategory::ParagraphSeparator
                    | GeneralCategory::NonspacingMark
                    | GeneralCategory::SpacingMark
                    | GeneralCategory::EnclosingMark
            )
    })
}

/// The format `visible`: the text is empty or has a visible character.
pub(crate) fn is_visible_text(text: &str) -> bool {
    text.is_empty() || is_visible(text)
}

/// The format `name`: like `visible`, without characters that break a line or make a name look like another one.
pub(crate) fn is_name(text: &str) -> bool {
    is_visible_text(text) && !text.chars().any(is_deceptive)
}

/// Returns `true` for control characters, line ends, and format characters that override direction, annotate or tag
/// text. Joiners and direction marks are allowed, since Persian and Hebrew words and emoji are written with them.
fn is_deceptive(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{2028}'
                | '\u{2029}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{206f}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_composed_alike() {
        assert_eq!(nfc("cafe\u{301}"), "caf\u{e9}");
        assert_eq!(nfc("\u{1112}\u{1161}\u{11ab}"), "\u{d55c}");
        assert!(matches!(nfc("caf\u{e9}"), Cow::Borrowed(_)));
        assert_eq!(nfc("\u{fb01}"), "\u{fb01}", "ligatures stay");
    }

    #[test]
    fn blank_is_what_shows_nothing() {
        for blank in [
            "",
            " ",
            "\u{a0}\u{2003}",
            "\u{200b}",
            "\u{ad}",
            "\u{3164}",
            "\u{2800}",
            "\u{301}",
            "\u{202e}",
            "\t\n",
        ] {
            assert!(!is_visible(blank), "{blank:?}");
            assert!(blank.is_empty() || !is_name(blank), "{blank:?}");
        }
        for text in ["x", "é", "语", "🌱", "-", " . ", "e\u{301}", "\u{200b}x", "\u{e000}"] {
            assert!(is_visible(text), "{text:?}");
            assert!(is_name(text), "{text:?}");
        }
    }

    #[test]
    fn names_have_nothing_that_deceives() {
        for name in ["a\u{202e}b", "a\u{2066}b", "a\nb", "a\u{7f}", "a\u{85}b", "a\u{2028}b", "a\u{e0041}"] {
            assert!(!is_name(name), "{name:?}");
            assert!(is_visible_text(name), "{name:?}");
        }
        for name in ["می\u{200c}خواهم", "\u{200f}נועה", "👩\u{200d}🚀", "O'Brien <b>", "  kept  "]
        {
            assert!(is_name(name), "{name:?}");
        }
    }
}
