//! Normalized forms of text: text that people consider equal has the same form. The database has both functions under
//! the same names (`normal_form`, `search_form`), and a test compares them. Neither depends on a locale or on the
//! version of PostgreSQL.

mod tables;

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use tables::{ACCENTS, BLANKS, FOLDS, IGNORED, PLAIN, Ranges, SEPARATORS, SYMBOLS, Spellings, YOUNG};

/// Trademark and copyright signs, which are not part of words.
const OWNED: &str = "©®℗™℠";

/// Letters that keep their accent in search forms: й and ў are separate letters.
const KEPT: [(&str, &str); 2] = [("и\u{306}", "й"), ("у\u{306}", "ў")];

static FOLDS_BY_LETTER: LazyLock<Vec<Option<&'static str>>> = LazyLock::new(|| {
    let last = FOLDS.last().map_or(0, |(letter, _)| *letter as usize);
    let mut table = vec![None; last + 1];
    for (letter, folded) in FOLDS {
        table[*letter as usize] = Some(*folded);
    }
    table
});

/// Returns the form in which names are compared: NFKC, case-folded, without format characters. Any run of blanks
/// becomes one space. Accents are significant.
#[must_use]
pub fn normal_form(text: &str) -> String {
    let mut form = text.to_ascii_lowercase();
    if !form.is_ascii() {
        let known: String = spelled(&form, YOUNG).nfkc().collect();
        let seen = known.chars().filter(|letter| !is_invisible(*letter));
        let mut folded = String::with_capacity(form.len());
        for letter in seen {
            match FOLDS_BY_LETTER.get(letter as usize).copied().flatten() {
                Some(fold) => folded.push_str(fold),
                None => folded.push(letter),
            }
        }
        form = folded.nfkc().collect();
    }
    words_separated(&form, BLANKS)
}

/// Returns the words by which a text is searched, separated by single spaces: its normal form without accents and
/// punctuation. Each symbol, such as an emoji, is a word.
#[must_use]
pub fn search_form(text: &str) -> String {
    let owned = |letter| if OWNED.contains(letter) { ' ' } else { letter };
    let mut form = normal_form(&text.chars().map(owned).collect::<String>());
    if !form.is_ascii() {
        form = spelled(&form, PLAIN).nfd().collect();
        for (decomposed, letter) in KEPT {
            form = form.replace(decomposed, letter);
        }
        let plain: String = form.chars().filter(|letter| !is_in(ACCENTS, *letter)).nfc().collect();
        form.clear();
        for letter in plain.chars() {
            if is_in(SYMBOLS, letter) {
                form.extend([' ', letter, ' ']);
            } else {
                form.push(letter);
            }
        }
    }
    words_separated(&form, SEPARATORS)
}

/// Returns `true` if a character is invisible: a format character, a filler or a variation selector.
pub(crate) fn is_invisible(letter: char) -> bool {
    is_in(IGNORED, letter)
}

/// Replaces each run of separators by one space, and removes those at the ends.
fn words_separated(text: &str, separators: Ranges) -> String {
    let mut parted = String::with_capacity(text.len());
    for part in text.split(|letter| is_in(separators, letter)).filter(|part| !part.is_empty()) {
        if !parted.is_empty() {
            parted.push(' ');
        }
        parted.push_str(part);
    }
    parted
}

/// Replaces characters by their spellings in a table.
fn spelled(text: &str, spellings: Spellings) -> String {
    let mut spelled = String::with_capacity(text.len());
    for letter in text.chars() {
        match spellings.binary_search_by_key(&letter, |(from, _)| *from) {
            Ok(found) => spelled.push_str(spellings[found].1),
            Err(_) => spelled.push(letter),
        }
    }
    spelled
}

fn is_in(ranges: Ranges, letter: char) -> bool {
    let following = ranges.partition_point(|(first, _)| *first <= letter);
    following > 0 && letter <= ranges[following - 1].1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_take_for_the_same_has_one_normal_form() {
        for (one, other) in [
            ("caf\u{e9}", "cafe\u{301}"),
            ("ＦＯＯ", "foo"),
            ("\u{fb01}sh", "FISH"),
            ("\u{b5}F", "\u{3bc}f"),
            ("STRASSE", "stra\u{df}e"),
            ("Garden\u{a0}\u{2003} chairs ", "garden chairs"),
            ("gar\u{ad}den\u{200b}", "garden"),
            ("\u{202e}garden", "GARDEN"),
            ("ΟΔΟΣ", "οδος"),
        ] {
            assert_eq!(normal_form(one), normal_form(other), "{one} {other}");
        }
        assert_ne!(normal_form("cafe"), normal_form("caf\u{e9}"), "accents count");
        assert_ne!(normal_form("a-b"), normal_form("a b"), "punctuation counts");
    }

    #[test]
    fn a_search_form_is_words_alone() {
        for (text, words) in [
            ("\u{201c}ÉCLAIR\u{201d} \u{2013} 3.0", "eclair 3 0"),
            ("Łódź, smørrebrød & Æsir", "lodz smorrebrod aesir"),
            ("Sony® Foo™ 10\u{a0}m²", "sony foo 10 m2"),
            ("Йод и ёж", "йод и еж"),
            ("أحمد שָׁלוֹם", "احمد שלום"),
            ("pots🌱🌱&pans", "pots 🌱 🌱 pans"),
            ("👩\u{200d}🚀\u{fe0f}", "👩 🚀"),
            ("がんばる 한국", "がんばる 한국"),
            ("कि कु", "कि कु"),
            ("?!", ""),
        ] {
            assert_eq!(search_form(text), words, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_form_of_a_form_is_the_same_form(text in "\\PC{0,20}|[a-zA-Z0-9 -]{0,20}") {
            let form = normal_form(&text);
            prop_assert_eq!(normal_form(&form), form.clone());
            let words = search_form(&text);
            prop_assert!(!words.contains("  ") && !words.starts_with(' ') && !words.ends_with(' '));
            prop_assert!(!words.contains(['\'', '\\', '"']), "safe in a query");
            prop_assert_eq!(search_form(&form).is_empty(), words.is_empty());
        }
    }
}
