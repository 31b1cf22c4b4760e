//! Records, and the checks of Israeli IDs and phone numbers.

use agora_runtime::Format;
use rlibphonenumber::PHONE_NUMBER_UTIL;

use crate::platform::text::is_invisible;

/// The contract's formats that this module checks, so that their faults are reported together with all others.
pub const FORMATS: [Format; 2] = [("israeli-id", is_israeli_id), ("phone", is_phone)];

/// Number of digits of a full Israeli ID. Shorter ones omit leading zeros.
const DIGITS: usize = 9;
/// Characters allowed between the digits of a phone number.
const PHONE_SIGNS: &str = " ().-";

/// A person in the registry.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// Row number. Deleted records may have the same Israeli ID, but never the same row number.
    pub(super) row: i64,
    /// Israeli ID as sent: `00018` and `000018` are different IDs.
    pub(super) israeli_id: String,
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) address: String,
}

/// The data of a new record.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) israeli_id: String,
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) address: String,
}

/// A change of a record. Fields that are `None` keep their values.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) name: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) address: Option<String>,
}

impl Change {
    /// Returns `true` if the change has no effect on a record.
    pub(super) fn is_empty_for(&self, record: &Record) -> bool {
        let Self { name, phone, address } = self;
        name.as_ref().is_none_or(|name| *name == record.name)
            && phone.as_ref().is_none_or(|phone| *phone == record.phone)
            && address.as_ref().is_none_or(|address| *address == record.address)
    }
}

/// Returns `true` if the check digit of an Israeli ID is right. An ID of zeros only is invalid. The digits of the full
/// ID are multiplied by 1 and 2 alternately, and the digits of the products are added up.
fn is_israeli_id(text: &str) -> bool {
    let is_number = text.len() <= DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || text.bytes().all(|byte| byte == b'0') {
        return false;
    }
    let whole = format!("{text:0>DIGITS$}");
    let weighed = whole.bytes().zip([1, 2].into_iter().cycle()).map(|(byte, weight)| {
        let product = u32::from(byte - b'0') * weight;
        product / 10 + product % 10
    });
    weighed.sum::<u32>() % 10 == 0
}

/// Normalizes a phone number for storage. Pasted numbers may be surrounded by spaces and invisible characters, and may
/// contain no-break spaces and various kinds of hyphens.
pub(super) fn plain_phone(text: &str) -> String {
    let seen = text.chars().filter(|letter| !is_invisible(*letter)).map(|letter| match letter {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' => '-',
        letter => letter,
    });
    seen.collect::<String>().trim().to_owned()
}

/// Returns `true` if a number with a country code is valid in the numbering plan of its country. The library is given
/// plain digits only: it accepts letters and digits of any script, and panics on some `tel:` URIs.
fn is_phone(text: &str) -> bool {
    let plain = plain_phone(text);
    let Some(number) = plain.strip_prefix('+') else {
        return false;
    };
    let is_known = |number| PHONE_NUMBER_UTIL.is_valid_number(&number);
    number.chars().all(|letter| letter.is_ascii_digit() || PHONE_SIGNS.contains(letter))
        && number.starts_with(|first: char| first.is_ascii_digit())
        && number.ends_with(|last: char| last.is_ascii_digit())
        && PHONE_NUMBER_UTIL.parse(&plain, None).is_ok_and(is_known)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_check_digit_counts_from_the_left_of_the_whole_id() {
        for good in ["123456782", "00018", "000018", "000000018", "12344", "000012344", "100000009"] {
            assert!(is_israeli_id(good), "{good}");
        }
        for bad in [
            "123456789",
            "213456782",
            "00019",
            "000019",
            "12345",
            "1234567820",
            "12345678a",
            "٠٠٠١٨",
            "",
            "00000",
            "000000000",
        ] {
            assert!(!is_israeli_id(bad), "{bad}");
        }
    }

    #[test]
    fn of_ten_last_digits_one_is_right() {
        for stem in 0..20_000 {
            let good = (0..10).filter(|last| is_israeli_id(&format!("{stem:04}{last}"))).count();
            assert_eq!(good, usize::from(stem > 0), "{stem}");
        }
    }

    #[test]
    fn phones_are_held_to_the_plan_of_their_country() {
        for good in ["+97286377916", "+16502530000", "+1 (650) 253-0000", "+972-8-637-7916", "+390612345678"]
        {
            assert!(is_phone(good), "{good}");
        }
        for bad in
            ["+972501234567", "+9728637791", "+972863779160", "+15550100", "+999123456789", "086377916"]
        {
            assert!(!is_phone(bad), "{bad}");
        }
    }

    #[test]
    fn a_pasted_phone_is_kept_plain() {
        for (pasted, plain) in [
            (" +97286377916\n", "+97286377916"),
            ("\u{202a}+97286377916\u{202c}", "+97286377916"),
            ("\u{200e}+972\u{a0}8\u{2011}637\u{2011}7916", "+972 8-637-7916"),
            ("\u{feff}+1\u{202f}650\u{2212}253\u{2013}0000\u{200b}", "+1 650-253-0000"),
        ] {
            assert_eq!(plain_phone(pasted), plain);
            assert!(is_phone(pasted), "{pasted:?}");
        }
        for odd in
            ["+972\n86377916", "+972\t86377916", "\u{ff0b}97286377916", "(+97286377916", "+97286377916-"]
        {
            assert!(!is_phone(odd), "{odd:?}");
        }
    }

    #[test]
    fn nothing_that_is_sent_as_a_phone_is_too_much() {
        let long = "+1".repeat(500_000);
        for odd in [
            "",
            "+",
            "+0",
            "++",
            "\0",
            "+\u{feff}1",
            "+1;ext=",
            "+1;phone-context=A;ext=tel:1",
            "+1650CALLNOW",
            "+٩٧٢٨٦٣٧٧٩١٦",
            "+💥",
            &long,
        ] {
            assert!(!is_phone(odd), "{:?}", odd.chars().take(20).collect::<String>());
        }
    }

    /// Generates nine digits, of which the last is the right check digit.
    fn whole_id() -> impl Strategy<Value = String> {
        (1..100_000_000_u32).prop_map(|stem| {
            let all = (0..10).map(|last| format!("{stem:08}{last}"));
            all.filter(|id| is_israeli_id(id)).collect::<String>()
        })
    }

    proptest! {
        #[test]
        fn of_any_stem_one_last_digit_is_right(id in whole_id()) {
            prop_assert_eq!(id.len(), DIGITS);
        }

        #[test]
        fn another_digit_anywhere_makes_a_good_id_bad(id in whole_id(), at in 0..DIGITS, digit in "[0-9]") {
            let mut other = id.clone();
            other.replace_range(at..=at, &digit);
            prop_assert_eq!(is_israeli_id(&other), other == id);
        }

        #[test]
        fn neighbours_that_change_places_make_a_good_id_bad_but_for_0_and_9(id in whole_id(), at in 0..DIGITS - 1) {
            let mut other = id.clone().into_bytes();
            other.swap(at, at + 1);
            let is_blind = other[at] == other[at + 1] || [*b"09", *b"90"].contains(&[other[at], other[at + 1]]);
            let other = String::from_utf8(other).expect("digits");
            prop_assert_eq!(is_israeli_id(&other), is_blind);
        }

        #[test]
        fn zeros_on_the_left_say_nothing(id in whole_id()) {
            let short = id.trim_start_matches('0');
            for length in short.len()..=DIGITS {
                let filled = format!("{short:0>length$}");
                prop_assert!(is_israeli_id(&filled), "{}", filled);
            }
        }

        #[test]
        fn any_text_is_accepted_or_rejected_as_id_and_phone(text in ".{0,30}", plain in "[+ ().0-9-]{0,30}") {
            let is_number = text.len() <= DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
            prop_assert!(is_number || !is_israeli_id(&text));
            for text in [text, plain] {
                // A number has a country code and a possible number of digits.
                let digits = text.bytes().filter(u8::is_ascii_digit).count();
                prop_assert!(!is_phone(&text) || (text.contains('+') && (5..=17).contains(&digits)));
            }
        }
    }
}
