//! A strict JSON reader. Duplicate keys and NUL characters are faults, and all of them are reported with their paths.
//!
//! The size of a document alone does not bound its cost: two bytes of JSON become a value of dozens of bytes, and a
//! fault takes about a hundred. Reading therefore stops at too many values and at the first fault beyond the limit.
//! String values are normalized to Unicode NFC; member names are kept unchanged.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::text::nfc;
use crate::violation::{Location, Violation, Violations, beginning};

/// A byte order mark. RFC 8259 forbids senders to add one and allows parsers to ignore it.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// 2 to the 53rd. An `f64` represents every integer below this exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads a JSON document of at most `max_values` values from UTF-8 bytes. Every object, array, member and item counts.
///
/// # Errors
/// Returns one `syntax` fault, one `maxValues` fault, or one fault for each duplicate key and each text with a NUL
/// character.
pub fn decode(bytes: &[u8], max_values: usize) -> Result<Value, Violations> {
    let found = Violated { values_left: Cell::new(max_values), ..Violated::default() };
    let mut reader = serde_json::Deserializer::from_slice(bytes.strip_prefix(BOM).unwrap_or(bytes));
    let read = Node { found: &found, path: None }
        .deserialize(&mut reader)
        .and_then(|tree| reader.end().map(|()| tree));
    if found.has_too_many_values.get() {
        let message = format!("must have at most {max_values} values");
        return Err(Violation::new(Location::Body, "body", "maxValues", message).into());
    }
    let violations = found.violations.into_inner();
    match read {
        Err(error) if !violations.is_truncated() => Err(syntax(&error).into()),
        Ok(tree) if violations.is_empty() => Ok(tree),
        _ => Err(violations),
    }
}

/// State of the reader: the faults found so far and the number of values left.
#[derive(Default)]
struct Violated {
    violations: RefCell<Violations>,
    values_left: Cell<usize>,
    has_too_many_values: Cell<bool>,
}

fn syntax(error: &serde_json::Error) -> Violation {
    // Only the position is reported, because the message of `serde_json` could repeat a part of the body.
    let message =
        format!("must be valid JSON in UTF-8; error at line {}, column {}", error.line(), error.column());
    Violation::new(Location::Body, "body", "syntax", message)
}

/// A step of the path to a value. Steps are borrowed from the stack frames above: valid documents allocate no paths.
struct Step<'a> {
    name: Name<'a>,
    above: Option<&'a Step<'a>>,
}

enum Name<'a> {
    Member(&'a str),
    Item(usize),
}

impl Step<'_> {
    fn write(&self, dotted: &mut String) {
        if let Some(above) = self.above {
            above.write(dotted);
            dotted.push('.');
        }
        match self.name {
            Name::Member(name) => dotted.push_str(beginning(name)),
            Name::Item(index) => dotted.push_str(&index.to_string()),
        }
    }
}

fn dotted(step: Option<&Step<'_>>) -> String {
    let Some(step) = step else {
        return "body".to_owned();
    };
    let mut dotted = String::new();
    step.write(&mut dotted);
    dotted
}

struct Node<'a> {
    found: &'a Violated,
    path: Option<&'a Step<'a>>,
}

impl Node<'_> {
    fn report<E: serde::de::Error>(
        &self,
        path: Option<&Step<'_>>,
        rule: &str,
        message: &str,
    ) -> Result<(), E> {
        let mut violations = self.found.violations.borrow_mut();
        violations.push(Violation::new(Location::Body, dotted(path), rule, message));
        if violations.is_truncated() { Err(E::custom("there is no room for more faults")) } else { Ok(()) }
    }

    /// Converts text to a JSON string in NFC. Reports a NUL character.
    fn text<E: serde::de::Error>(&self, text: String) -> Result<Value, E> {
        if text.contains('\0') {
            self.report(self.path, "nul", "must not contain a NUL character")?;
        }
        Ok(match nfc(&text) {
            Cow::Borrowed(_) => Value::String(text),
            Cow::Owned(composed) => Value::String(composed),
        })
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let Some(values_left) = self.found.values_left.get().checked_sub(1) else {
            self.found.has_too_many_values.set(true);
            return Err(serde::de::Error::custom("there are too many values"));
        };
        self.found.values_left.set(values_left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        // `1.0` is an integer in JSON Schema but not in serde. Whole numbers that are exact as floats become integers.
        if value.fract() == 0.0 && value.abs() < EXACT {
            return Ok(Value::Number((value as i64).into()));
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.text(value.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.text(value)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let step = Step { name: Name::Item(items.len()), above: self.path };
            let Some(item) = access.next_element_seed(Node { found: self.found, path: Some(&step) })? else {
                return Ok(Value::Array(items));
            };
            items.push(item);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let step = Step { name: Name::Member(&key), above: self.path };
            if key.contains('\0') {
                self.report(Some(&step), "nul", "must not contain a NUL character in its name")?;
            }
            if members.contains_key(&key) {
                self.report(Some(&step), "duplicate", "must appear only once")?;
            }
            let value = access.next_value_seed(Node { found: self.found, path: Some(&step) })?;
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAX_VALUES: usize = 10_000;

    fn decode(bytes: &[u8]) -> Result<Value, Violations> {
        super::decode(bytes, MAX_VALUES)
    }

    fn rules(text: &str) -> Vec<(String, String)> {
        let violations = decode(text.as_bytes()).expect_err("is refused");
        violations.into_iter().map(|violation| (violation.field, violation.rule)).collect()
    }

    #[test]
    fn duplicates_and_nul_are_reported_together_with_their_paths() {
        let reported = rules(r#"{"a":1,"b":[{"c":"x\u0000","c":2}],"a":3}"#);
        let expected = [("b.0.c", "nul"), ("b.0.c", "duplicate"), ("a", "duplicate")];
        assert_eq!(reported, expected.map(|(field, rule)| (field.to_owned(), rule.to_owned())));
    }

    #[test]
    fn what_is_not_one_json_document_is_a_syntax_fault() {
        for text in ["", "{", "{} x", "[1,]", "nul", "{\"a\":1e999}", "\"\\ud800\"", "{a:1}"] {
            assert_eq!(rules(text), [("body".to_owned(), "syntax".to_owned())], "{text}");
        }
        assert!(decode(b"\"\xff\"").is_err());
        assert!(decode("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_document() {
        assert_eq!(decode(b"\xef\xbb\xbf{\"a\":1}").expect("reads")["a"], 1);
        for text in [&b"\xef\xbb\xbf"[..], b"\xef\xbb\xbf\xef\xbb\xbf1", b" \xef\xbb\xbf1", b"\xff\xfe1\0"] {
            assert!(decode(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn reading_ends_where_there_is_no_room_for_another_fault() {
        let name = "n".repeat(1000);
        let twice =
            |times: usize| format!(r#"{{"{name}":"",{}"last":""#, format!(r#""{name}":"","#).repeat(times));
        let reported = |text: String| {
            let violations = decode(text.as_bytes()).expect_err("is refused");
            let rules: Vec<_> =
                violations.as_slice().iter().map(|violation| violation.rule.clone()).collect();
            (rules, violations.is_truncated())
        };
        assert_eq!(
            reported(twice(Violations::MAX)),
            (vec!["syntax".to_owned()], false),
            "it is read to its end"
        );
        assert_eq!(
            reported(twice(Violations::MAX + 1)),
            (vec!["duplicate".to_owned(); Violations::MAX], true)
        );
    }

    #[test]
    fn a_document_has_so_many_values_and_no_more() {
        // The array itself counts as a value.
        let zeros = |count: usize| format!("[{}]", vec!["0"; count - 1].join(","));
        assert!(decode(zeros(MAX_VALUES).as_bytes()).is_ok());
        for text in [zeros(MAX_VALUES + 1), "[0,".repeat(10).replace('0', &zeros(MAX_VALUES / 4))] {
            assert_eq!(rules(&text), [("body".to_owned(), "maxValues".to_owned())]);
        }
    }

    #[test]
    fn whole_numbers_are_integers_however_they_are_written() {
        for (text, number) in
            [("1.0", 1_i64), ("-3e2", -300), ("0.0", 0), ("9007199254740991.0", 9_007_199_254_740_991)]
        {
            assert_eq!(decode(text.as_bytes()).expect("reads"), Value::from(number));
        }
        for text in ["0.5", "9007199254740993.0", "-9223372036854775809"] {
            assert!(decode(text.as_bytes()).expect("reads").is_f64(), "{text}");
        }
    }

    #[test]
    fn text_is_composed_on_arrival() {
        let tree = decode(r#"{"a":["cafe\u0301"],"e\u0301":1}"#.as_bytes()).expect("reads");
        assert_eq!(tree, serde_json::json!({"a": ["caf\u{e9}"], "e\u{301}": 1}));
    }

    #[test]
    fn good_documents_are_read_as_they_are() {
        let text = r#"{"a":[1,-2,0.5,true,null,"é\n"],"b":{}}"#;
        assert_eq!(
            decode(text.as_bytes()).expect("reads"),
            serde_json::from_str::<Value>(text).expect("reads")
        );
    }

    /// Generates any JSON without NUL characters. Floats have a fraction, since whole ones are read as integers.
    fn json() -> impl Strategy<Value = Value> {
        let text = || "[^\0]{0,6}".prop_map(|text| nfc(&text).into_owned());
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e15..1e15_f64)
                .prop_filter("has a fraction", |number| number.fract() != 0.0)
                .prop_map(Value::from),
            text().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(text(), inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// Nests the text of a value in arrays and objects.
    fn within(value: &str, way: &[bool]) -> String {
        way.iter().fold(value.to_owned(), |text, is_member| {
            if *is_member { format!(r#"{{"a":1,"b":{text}}}"#) } else { format!("[null,{text}]") }
        })
    }

    proptest! {
        #[test]
        fn a_good_document_is_read_as_serde_reads_it(document in json(), is_pretty: bool) {
            let written = if is_pretty { serde_json::to_string_pretty } else { serde_json::to_string };
            let text = written(&document).expect("serialises");
            prop_assert_eq!(decode(text.as_bytes()), Ok(serde_json::from_str::<Value>(&text).expect("reads")));
        }

        #[test]
        fn duplicate_keys_are_reported_at_any_depth_and_in_any_spelling(
            key in "[a-z]{1,4}", others in prop::collection::btree_set("[A-Z]{1,4}", 0..4),
            is_escaped: bool, way in prop::collection::vec(any::<bool>(), 0..6),
        ) {
            let escaped: String = key.chars().map(|letter| format!("\\u{:04x}", u32::from(letter))).collect();
            let second = if is_escaped { &escaped } else { &key };
            let between: String = others.iter().map(|other| format!(r#""{other}":0,"#)).collect();
            let object = format!(r#"{{"{key}":1,{between}"{second}":2}}"#);
            let violations = decode(within(&object, &way).as_bytes()).expect_err("is refused");
            let [violation] = violations.as_slice() else { panic!("{violations:?}") };
            prop_assert_eq!(&violation.rule, "duplicate");
            prop_assert_eq!(violation.field.rsplit('.').next(), Some(&*key));
        }

        #[test]
        fn nul_is_reported_at_any_depth(
            before in "[^\0]{0,4}", after in "[^\0]{0,4}", is_key: bool,
            way in prop::collection::vec(any::<bool>(), 0..6),
        ) {
            let text = serde_json::to_string(&format!("{before}\0{after}")).expect("serialises");
            let value = if is_key { format!("{{{text}:1}}") } else { text };
            let violations = decode(within(&value, &way).as_bytes()).expect_err("is refused");
            prop_assert_eq!(violations.into_iter().map(|violation| violation.rule).collect::<Vec<_>>(), ["nul"]);
        }

        #[test]
        fn trailing_data_is_refused(document in json(), rest in "[ \t\n]{1,3}[^ \t\n\r]{1,3}") {
            let document = document.to_string();
            prop_assert!(decode([&*document, &*rest].concat().as_bytes()).is_err());
            prop_assert!(decode([&*document, " "].concat().as_bytes()).is_ok());
        }

        #[test]
        fn bytes_that_are_no_text_are_refused_in_every_text(
            before in "[a-zé]{0,4}", odd in 0x80_u8.., after in "[a-z]{0,4}", is_key: bool,
        ) {
            let mut bytes = Vec::from(if is_key { &b"{\""[..] } else { b"\"" });
            bytes.extend([before.as_bytes(), &[odd], after.as_bytes()].concat());
            bytes.extend_from_slice(if is_key { b"\":1}" } else { b"\"" });
            prop_assert!(decode(&bytes).is_err());
        }

        #[test]
        fn nothing_is_read_that_serde_would_not_read(
            document in json(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            noise in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let mut bytes = document.to_string().into_bytes();
            for (location, byte) in changes {
                let location = location.index(bytes.len());
                bytes[location] = byte;
            }
            for bytes in [bytes, noise] {
                if decode(&bytes).is_ok() {
                    prop_assert!(serde_json::from_slice::<Value>(&bytes).is_ok());
                }
            }
        }
    }
}
