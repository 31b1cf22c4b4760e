//! Property tests of header fields. They print generated structures, or match generated text against the RFC's grammar
//! as a regular expression. Both are independent of the parser under test.

use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;

use super::*;

fn lines(values: &[&str]) -> Vec<HeaderValue> {
    values.iter().map(|text| HeaderValue::from_bytes(text.as_bytes()).expect("a field value")).collect()
}

/// Returns each opaque part with its weakness, `[("*", false)]` for `*`, or `None` if the field is malformed.
fn tags(values: &[&str]) -> Option<Vec<(String, bool)>> {
    let lines = lines(values);
    let read = EntityTags::read(&lines).ok()?.expect("the field is there");
    Some(match read {
        EntityTags::Any => vec![("*".to_owned(), false)],
        EntityTags::List(tags) => {
            tags.iter().map(|tag| (String::from_utf8_lossy(tag.opaque).into_owned(), tag.is_weak)).collect()
        }
    })
}

fn owned(tags: &[(&str, bool)]) -> Option<Vec<(String, bool)>> {
    Some(tags.iter().map(|(opaque, is_weak)| ((*opaque).to_owned(), *is_weak)).collect())
}

#[test]
fn a_star_within_a_tag_or_beside_one_is_not_any() {
    assert_eq!(tags(&["*"]), owned(&[("*", false)]));
    assert_eq!(tags(&[" *\t"]), owned(&[("*", false)]));
    assert_eq!(tags(&["\"a,*,b\""]), owned(&[("a,*,b", false)]));
    for malformed in ["\"x\", *", "*, \"x\"", "*, *", "**", "W/*", "\"*"] {
        assert_eq!(tags(&[malformed]), None, "{malformed}");
    }
    assert_eq!(tags(&["*", "\"x\""]), None);
    assert_eq!(tags(&["*", "*"]), None);
}

#[test]
fn tags_are_read_by_their_own_grammar() {
    assert_eq!(
        tags(&["\"a\\\", W/\"b\""]),
        owned(&[("a\\", false), ("b", true)]),
        "a backslash escapes nothing"
    );
    assert_eq!(tags(&["\"\",,\t,W/\"é\","]), owned(&[("", false), ("é", true)]));
    assert_eq!(tags(&["\"a\"", "\"b\" , \"c\""]), owned(&[("a", false), ("b", false), ("c", false)]));
    for malformed in
        ["abc", "\"a\" \"b\"", "\"a\"\"b\"", "w/\"a\"", "W/ \"a\"", "\"a b\"", "\"a", "'a'", "", ",", " ,"]
    {
        assert_eq!(tags(&[malformed]), None, "{malformed}");
    }
    assert_eq!(tags(&["\"a\"", "b"]), None, "each line counts");
    assert_eq!(EntityTags::read([]), Ok(None));
}

#[test]
fn media_types_have_parameters_of_which_quotes_hold_anything() {
    for (value, essence, charsets) in [
        ("application/json", "application/json", vec![]),
        ("Application/JSON;CharSet=UTF-8", "application/json", vec!["UTF-8"]),
        ("application/json;version=\"a;charset=latin1\"", "application/json", vec![]),
        ("application/json; charset=\"u\\tf-8\"", "application/json", vec!["utf-8"]),
        ("application/json ; ; charset=a;;charset=\"b, c\" ", "application/json", vec!["a", "b, c"]),
        ("text/x-y;", "text/x-y", vec![]),
    ] {
        let header = HeaderValue::from_static(value);
        let read = MediaType::read(&header).expect(value);
        assert!(read.is(essence) && !read.is("application/xml"), "{value}");
        assert_eq!(read.parameter("charset").collect::<Vec<_>>(), charsets, "{value}");
    }
    for malformed in [
        "",
        "json",
        "a/",
        "/b",
        "a/b c",
        "a/b; charset",
        "a/b; charset=",
        "a/b; charset = x",
        "a/b;charset=\"x",
        "a/b, c/d",
        "a/b;x=\"y\\",
    ] {
        assert_eq!(MediaType::read(&HeaderValue::from_static(malformed)), Err(Malformed), "{malformed}");
    }
}

#[test]
fn weights_are_numbers_from_0_to_1_of_three_digits() {
    for (text, expected) in [
        ("0", Some(0)),
        ("1", Some(1000)),
        ("0.5", Some(500)),
        ("0.05", Some(50)),
        ("0.001", Some(1)),
        ("0.", Some(0)),
        ("1.", Some(1000)),
        ("1.000", Some(1000)),
        ("1.001", None),
        ("0.1234", None),
        ("2", None),
        ("", None),
        (".5", None),
        ("0.5 ", None),
        ("-0", None),
        ("0.+1", None),
        ("nan", None),
    ] {
        assert_eq!(weight(text), expected, "{text:?}");
    }
}

/// `*` alone, or a list of at least one entity tag: the ABNF of RFC 9110, 5.6.1.2, 8.8.3 and 13.1.1.
static GRAMMAR: LazyLock<Regex> = LazyLock::new(|| {
    let tag = r#"(?:W/)?"[!#-~\u{80}-\u{ff}]*""#;
    Regex::new(&format!(r"^[ \t]*(?:\*|(?:,[ \t]*)*{tag}(?:[ \t]*,(?:[ \t]*{tag})?)*)[ \t]*$"))
        .expect("compiles")
});

/// Optional whitespace.
fn blanks() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", " ", "\t", "  "])
}

/// The separator of two elements: a comma, and any empty elements.
fn comma() -> impl Strategy<Value = String> {
    prop::collection::vec((blanks(), blanks()), 1..3)
        .prop_map(|commas| commas.iter().map(|(before, after)| [before, ",", after].concat()).collect())
}

/// A quoted string and its value.
fn quoted() -> impl Strategy<Value = (String, String)> {
    prop::collection::vec((prop::char::range(' ', '~'), any::<bool>()), 0..8).prop_map(|letters| {
        let print = |(letter, is_escaped): &(char, bool)| match letter {
            '"' | '\\' => format!("\\{letter}"),
            letter if *is_escaped => format!("\\{letter}"),
            letter => letter.to_string(),
        };
        let text = letters.iter().map(|(letter, _)| *letter).collect();
        (format!("\"{}\"", letters.iter().map(print).collect::<String>()), text)
    })
}

/// A parameter's value as written and as read.
fn parameter_value() -> impl Strategy<Value = (String, String)> {
    prop_oneof!["[a-zA-Z0-9!#$%&'*+.^_`|~-]{1,8}".prop_map(|token| (token.clone(), token)), quoted()]
}

proptest! {
    #[test]
    fn what_was_printed_as_a_list_of_tags_is_read_back(
        printed in prop::collection::vec(
            prop::collection::vec(("[!#-~]{0,9}|[,*;=W/]{1,6}", any::<bool>(), comma()), 1..5), 1..4),
        outer in (blanks(), blanks()),
    ) {
        let print = |line: &Vec<(String, bool, String)>| {
            let tags = line.iter().enumerate().map(|(at, (opaque, is_weak, comma))| {
                let comma = if at == 0 { "" } else { comma };
                [comma, if *is_weak { "W/" } else { "" }, "\"", opaque, "\""].concat()
            });
            [outer.0, &tags.collect::<String>(), outer.1].concat()
        };
        let written: Vec<String> = printed.iter().map(print).collect();
        let written: Vec<&str> = written.iter().map(String::as_str).collect();
        let meant = printed.iter().flatten().map(|(opaque, is_weak, _)| (opaque.clone(), *is_weak)).collect();
        prop_assert_eq!(tags(&written), Some(meant));
    }

    #[test]
    fn a_field_is_read_if_and_only_if_the_grammar_has_it(value in r#"[",*W/ab \t\\]{0,14}|\PC{0,12}"#) {
        let Ok(header) = HeaderValue::from_bytes(value.as_bytes()) else { return Ok(()) };
        let read = EntityTags::read([&header]);
        // The grammar treats bytes beyond ASCII as Latin-1 characters.
        let latin: String = value.bytes().map(char::from).collect();
        prop_assert_eq!(read.is_ok(), GRAMMAR.is_match(&latin), "{:?}", value);
        if let Ok(Some(EntityTags::List(tags))) = read {
            prop_assert_eq!(tags.len(), value.matches('"').count() / 2);
        }
    }

    #[test]
    fn what_was_printed_as_a_media_type_is_read_back(
        kind in "[a-z0-9.+-]{1,9}", subtype in "[a-z0-9.+-]{1,9}",
        parameters in prop::collection::vec(("[a-z0-9_-]{1,9}", parameter_value(), blanks(), blanks()), 0..5),
    ) {
        let print = |(name, (written, _), before, after): &(String, (String, String), &str, &str)| {
            [before, ";", after, name, "=", written].concat()
        };
        let essence = format!("{kind}/{subtype}");
        let value = essence.clone() + &parameters.iter().map(print).collect::<String>();
        let header = HeaderValue::from_bytes(value.as_bytes()).expect("a field value");
        let read = MediaType::read(&header).expect("a media type");
        let is_read = read.is(&essence.to_ascii_uppercase());
        prop_assert!(is_read);
        for (name, ..) in &parameters {
            let meant: Vec<&str> = parameters.iter().filter(|other| other.0 == *name).map(|other| &*other.1.1).collect();
            prop_assert_eq!(read.parameter(&name.to_ascii_uppercase()).collect::<Vec<_>>(), meant, "{}", value);
        }
    }

    #[test]
    fn texts_end_at_commas_outside_of_quotes(
        texts in prop::collection::vec((prop_oneof!["[!#-+.-~]{1,9}".prop_map(|text| (text.clone(), text)), quoted()], comma()), 1..5),
    ) {
        let value: String = texts.iter().map(|((written, _), comma)| [written.as_str(), comma].concat()).collect();
        let lines = lines(&[value.as_str()]);
        let read = list(&lines, Reader::text).expect("a list");
        let meant: Vec<&[u8]> = texts.iter().map(|((written, _), _)| written.as_bytes()).collect();
        prop_assert_eq!(read, meant);
    }

    #[test]
    fn no_value_is_too_odd_to_be_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
        let _ = MediaType::read(&value);
        let _ = EntityTags::read([&value]);
        let parameters = list([&value], |reader| Some((reader.token()?, reader.parameters()?)));
        prop_assert!(parameters.map_or(true, |elements| elements.len() <= bytes.len()));
    }
}
